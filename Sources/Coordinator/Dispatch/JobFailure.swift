/// Why a job could not be done, when that concerns nothing but what the job is about.
enum JobFailure: Error, Sendable {
    /// Its document could not be written, such as for an image that ends too early.
    case unwritable(any Error)
    /// A worker says that it can never be right.
    case rejected(String)
    /// It failed wherever it was tried; its first failure.
    case givenUp(cause: String)
}
