/// The program as a whole.
package enum Coppice {
    /// Version of the coordinator, of the worker and of what they say to each other.
    package static let version = "0.1.0"
}
