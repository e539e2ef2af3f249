#if THREAD_SANITIZER
    internal import Foundation

    /// What `Lock` stands for in builds with ThreadSanitizer. Swift's own takes a contended lock by a call of the kernel, which the
    /// sanitizer does not see, so that it takes every hand-over for a race; it knows the lock below.
    package struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
        private let value: UnsafeMutablePointer<Value>
        private let lock: UnsafeMutablePointer<pthread_mutex_t>

        package init(_ initial: consuming sending Value) {
            value = .allocate(capacity: 1)
            value.initialize(to: initial)
            lock = .allocate(capacity: 1)
            pthread_mutex_init(lock, nil)
        }

        deinit {
            pthread_mutex_destroy(lock)
            lock.deallocate()
            value.deinitialize(count: 1)
            value.deallocate()
        }

        package borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return try body(&value.pointee)
        }
    }
#else
    package import Synchronization

    /// The standard library's lock. All our code uses it by this name, so that builds with ThreadSanitizer can use another one.
    package typealias Lock<Value: ~Copyable> = Synchronization.Mutex<Value>
#endif
