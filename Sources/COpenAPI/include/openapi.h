// The worker's OpenAPI document, which the program carries.
#pragma once

// Its bytes: UTF-8, without a zero at the end.
const unsigned char *worker_openapi(void);
unsigned long worker_openapi_byte_count(void);
