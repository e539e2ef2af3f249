internal import Testing

@testable import Worker

@Suite struct WaitTimeoutTests {
    @Test(arguments: [
        (nil, 0.0), ("", 0), ("other=1", 0), ("wait=0", 0), ("wait=2.5", 2.5), ("wait=60", 60), ("a=b&wait=3&c", 3),
        ("wait=1e1", 10), ("wait=5.0E-1", 0.5),
    ])
    func `a number of seconds from 0 to 60 is a wait`(query: String?, seconds: Double) {
        #expect(WaitTimeout.parse(query: query) == .seconds(seconds))
    }

    @Test(arguments: [
        "wait", "wait=", "wait=soon", "wait=-1", "wait=60.1", "wait=inf", "wait=nan", "wait=0x10", "wait=1&wait=1", "wait=%31",
        "wait=1e999", "wait= 1",
    ])
    func `anything else is none`(query: String) {
        #expect(WaitTimeout.parse(query: query) == nil)
    }
}
