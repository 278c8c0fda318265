/* The hidraw seam has no functions of its own: it takes the place of the C library's. */
