internal import Testing

@testable import HTTPServing

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("localhost", true), ("0.0.0.0", false), ("::", false),
        ("10.0.0.1", false), ("127.0.0.1.example.org", false), ("127.evil.example.org", false), ("127.0.0", false),
        ("localhost.example.org", false), ("", false),
    ])
    func `only this machine's own addresses are loopback`(host: String, isLoopback: Bool) {
        #expect(ListenAddress(host: host, port: 0).isLoopback == isLoopback)
    }

    @Test func `an address of version 6 is in brackets in a URL`() {
        #expect(ListenAddress(host: "::1", port: 0).url(port: 80) == "http://[::1]:80")
        #expect(ListenAddress(host: "127.0.0.1", port: 0).url(port: 81) == "http://127.0.0.1:81")
    }
}
