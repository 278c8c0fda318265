#ifndef BLUETAP_CODE_PAGES_H
#define BLUETAP_CODE_PAGES_H

/// Lets go of the program's code in memory: what is run again comes back from the file, a page at a time. Of a program that
/// has started most is never run again.
void bluetap_release_code_pages(void);

#endif
