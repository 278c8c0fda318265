/* Nothing: the library's interface is hidapi's. */
