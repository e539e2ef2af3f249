// The files of the annotator's page, which the program carries.
#pragma once

struct page_file {
    // Below Page, with slashes.
    const char *name;
    const unsigned char *bytes;
    unsigned long byte_count;
};

extern const unsigned long page_file_count;

// One of them, from 0 on.
const struct page_file *page_file_at(unsigned long index);

// The annotator's own OpenAPI document.
extern const struct page_file page_openapi;
