/* Nothing is called by name: host_names.c takes the place of the C library's functions, with their own declarations. */
