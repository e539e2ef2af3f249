@testable import Primitives
import Testing

@testable import Worker

struct ResultShelfTests {
    private func id(_ text: String) -> ContentHash { ContentHash(of: Array(text.utf8)) }

    @Test func `answers that were delivered make room sooner than those that nobody has got`() {
        var shelf = ResultShelf<String>(limits: .init(bytesMax: 100, deliveredBytesMax: 10))
        shelf.put("a", for: id("a"), byteCount: 8, isDelivered: true, at: .zero)
        #expect(shelf.expire(at: .zero).isEmpty)
        shelf.put("b", for: id("b"), byteCount: 8, isDelivered: false, at: .zero)
        #expect(shelf.expire(at: .zero) == [id("a")])
        shelf.put("c", for: id("c"), byteCount: 80, isDelivered: true, at: .zero)
        #expect(shelf.expire(at: .zero).isEmpty)
        #expect(shelf.deliver(id("b")) == "b")
        #expect(shelf.expire(at: .zero) == [id("b")])
        #expect(shelf.byteCount == 80)
    }
}
