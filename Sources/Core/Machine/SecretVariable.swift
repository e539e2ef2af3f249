private import Foundation

/// An environment variable that holds a secret.
package enum SecretVariable {
    /// Takes the variable's value out of the environment: overwritten in place, where `/proc` shows it, and removed, so that no
    /// child inherits it. Call it while the process has one thread.
    ///
    /// - Returns: nil when there is no such variable.
    package static func take(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        memset(value, Int32(UInt8(ascii: "*")), strlen(value))
        unsetenv(name)
        return text
    }
}
