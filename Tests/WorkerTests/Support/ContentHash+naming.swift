internal import Foundation
@testable import Primitives

extension ContentHash {
    /// The hash of a word: a name for a job or a blob.
    init(named word: String) { self.init(of: Data(word.utf8)) }
}
