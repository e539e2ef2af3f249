internal import COpenAPI

/// `openapi.json`, which describes what a worker serves, as the program carries it.
enum OpenAPIDocument {
    /// UTF-8.
    static let bytes = [UInt8](UnsafeBufferPointer(start: worker_openapi(), count: Int(worker_openapi_byte_count())))
}
