internal import Core
internal import Foundation

extension ContentHash {
    /// The hash of a word: a name for a job or a blob.
    init(named word: String) { self.init(of: Data(word.utf8)) }
}
