#pragma once
#include <curl/curl.h>

/* libcurl's setters and getters are variadic, which Swift cannot call: one typed function for each kind of argument. */

typedef size_t (*coppice_curl_transfer)(char *bytes, size_t size, size_t count, void *context);
typedef int (*coppice_curl_seek)(void *context, curl_off_t offset, int origin);

static inline CURLcode coppice_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode coppice_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/* libcurl copies the text. */
static inline CURLcode coppice_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode coppice_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

/* The list must outlive the transfer. */
static inline CURLcode coppice_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode coppice_curl_set_transfer(CURL *handle, CURLoption option, coppice_curl_transfer value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode coppice_curl_set_seek(CURL *handle, coppice_curl_seek value) {
    return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, value);
}

static inline CURLcode coppice_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode coppice_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode coppice_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/* The result in a CURLMSG_DONE message, which sits in a union. */
static inline CURLcode coppice_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}
