// The worker's OpenAPI document. C, because the Swift compiler takes ten seconds for an array literal of so many bytes.
#include "openapi.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "../Worker/openapi.json"
};

const unsigned char *worker_openapi(void) { return document; }
unsigned long worker_openapi_byte_count(void) { return sizeof document; }
