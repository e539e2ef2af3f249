@testable import Primitives
internal import Testing

@testable import Worker

@Suite struct BlobCacheTests {
    private let a = ContentHash(named: "a")
    private let b = ContentHash(named: "b")
    private let c = ContentHash(named: "c")

    private func cache(_ byteCounts: [(ContentHash, Int)], bytesMax: Int = 100) -> BlobCache<String> {
        var cache = BlobCache<String>(bytesMax: bytesMax)
        for (hash, byteCount) in byteCounts { _ = cache.insert(hash, hash.hex, byteCount: byteCount) }
        return cache
    }

    @Test func `the blob used longest ago goes first`() {
        var cache = cache([(a, 50), (b, 50)])
        _ = cache.touch(a)
        #expect(cache.insert(c, "", byteCount: 10) == .stored(evictedCount: 1))
        #expect(cache.missing(of: [a, b, c]) == [b])
    }

    @Test func `as many blobs go as room is needed for`() {
        var cache = cache([(a, 30), (b, 30)])
        #expect(cache.insert(c, "", byteCount: 80) == .stored(evictedCount: 2))
        #expect(cache.byteCount == 80)
    }

    @Test func `a blob that a job needs never goes`() {
        var cache = cache([(a, 50), (b, 50)])
        _ = cache.pin([a])
        _ = cache.touch(b)
        #expect(cache.insert(c, "", byteCount: 50) == .stored(evictedCount: 1))
        #expect(cache.missing(of: [a, b, c]) == [b])
    }

    @Test func `a blob that would fit only in the place of needed ones is refused, and nothing goes`() {
        var cache = cache([(a, 60), (b, 40)])
        _ = cache.pin([a])
        #expect(cache.insert(c, "", byteCount: 50) == .pinned)
        #expect(cache.missing(of: [a, b]) == [])
    }

    @Test func `a blob is needed until the last job that needs it is over`() {
        var cache = cache([(a, 100)])
        _ = cache.pin([a])
        _ = cache.pin([a])
        cache.unpin([a])
        #expect(cache.insert(b, "", byteCount: 1) == .pinned)
        cache.unpin([a])
        #expect(cache.insert(b, "", byteCount: 1) == .stored(evictedCount: 1))
    }

    @Test func `a blob larger than the cache is refused, and one that is held is not stored twice`() {
        var cache = cache([(a, 10)])
        #expect(cache.insert(b, "", byteCount: 101) == .tooLarge)
        #expect(cache.insert(a, "", byteCount: 10) == .alreadyHeld)
        #expect(cache.byteCount == 10)
    }

    @Test func `pinning gives the contents`() {
        var cache = cache([(a, 10), (b, 10)])
        #expect(cache.pin([a, b]) == [a: a.hex, b: b.hex])
    }

    @Test(arguments: SplitMix64.seeds(20))
    func `whatever happens, the limit holds, the sum is right and pinned blobs stay`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var cache = BlobCache<Int>(bytesMax: 100)
        var pins: [ContentHash] = []
        for step in 0..<300 {
            let hash = ContentHash(named: "\(Int.random(in: 0..<15, using: &random))")
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1: _ = cache.insert(hash, step, byteCount: Int.random(in: 0...60, using: &random))
            case 2 where cache.missing(of: [hash]).isEmpty:
                _ = cache.pin([hash])
                pins.append(hash)
            default: if let last = pins.popLast() { cache.unpin([last]) }
            }
            let held = cache.held
            let isSound =
                cache.byteCount <= 100 && held.reduce(0) { $0 + $1.byteCount } == cache.byteCount
                && cache.missing(of: pins).isEmpty
            #expect(isSound, "COPPICE_TEST_SEED=\(seed), step \(step)")
            if !isSound { return }
        }
    }
}
