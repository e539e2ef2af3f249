@testable import Primitives
import Testing

@testable import Worker

struct ResultCacheTests {
    private func id(_ text: String) -> ContentHash { ContentHash(of: Array(text.utf8)) }

    @Test func `answers that were delivered make room sooner than those that nobody has got`() {
        var cache = ResultCache<String>(limits: .init(bytesMax: 100, deliveredBytesMax: 10))
        cache.put("a", for: id("a"), byteCount: 8, isDelivered: true, at: .zero)
        #expect(cache.expire(at: .zero).isEmpty)
        cache.put("b", for: id("b"), byteCount: 8, isDelivered: false, at: .zero)
        #expect(cache.expire(at: .zero) == [id("a")])
        cache.put("c", for: id("c"), byteCount: 80, isDelivered: true, at: .zero)
        #expect(cache.expire(at: .zero).isEmpty)
        #expect(cache.deliver(id("b")) == "b")
        #expect(cache.expire(at: .zero) == [id("b")])
        #expect(cache.byteCount == 80)
    }
}
