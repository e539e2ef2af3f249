/// The program as a whole.
public enum Coppice {
    /// Version of the coordinator, of the worker and of what they say to each other.
    public static let version = "0.1.0"
}
