package import Primitives

/// Calls off what a reader reads. A reader is kept from job to job, and each job has a flag of its own.
///
/// Every reader of an image looks at the flag before each part of a file that it reads, and before each request; requests and the pauses
/// between them end when it is raised. What the kernel does cannot be called off: a read from a file system that no longer answers (a dead
/// NFS server, a stalled FUSE) holds its thread until the kernel gives up. One thread at a time.
package final class ReadCancellation {
    /// The flag of the job at hand.
    package var flag = CancellationFlag()

    /// The reason in the errors of what is called off.
    static let reason = "reading was called off"

    package init() {}
}
