internal import Testing

@testable import Worker

@Suite struct ByteSizeTests {
    @Test(arguments: [
        ("0", 0), ("123", 123), ("16K", 16384), ("512M", 512 << 20), ("2g", 2 << 30), ("1TiB", 1 << 40), ("3kb", 3072),
    ])
    func `numbers with suffixes are sizes`(text: String, byteCount: Int) {
        #expect(ByteSize.parse(text) == byteCount)
    }

    @Test(arguments: ["", "M", "-1", "1.5G", "1 G", "1X", "99999999999999999999", "9999999999T", "٣"])
    func `anything else is none`(text: String) {
        #expect(ByteSize.parse(text) == nil)
    }
}
