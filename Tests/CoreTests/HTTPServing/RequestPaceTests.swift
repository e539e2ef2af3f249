internal import Testing

@testable import HTTPServing

@Suite struct RequestPaceTests {
    private let limits: ConnectionLimits = {
        var limits = ConnectionLimits()
        limits.headTime = .seconds(10)
        limits.idleTime = .seconds(100)
        limits.bodyTime = .seconds(20)
        limits.bodyBytesPerSecondMin = 1000
        limits.lingerTime = .seconds(2)
        return limits
    }()

    @Test func `the first head has its time, the next ones that of an idle connection`() {
        var pace = RequestPace(limits)
        #expect(pace.deadline == .seconds(10))
        pace.receiveHead(at: .seconds(3))
        pace.receiveEnd(at: .seconds(4))
        #expect(pace.deadline == nil)
        pace.send(byteCount: 30_000, at: .seconds(50))
        pace.sendEnd(at: .seconds(50))
        // The client reads: as slowly as it may send.
        #expect(pace.deadline == .seconds(100))
        pace.leave(byteCount: 30_000, at: .seconds(60))
        #expect(pace.deadline == .seconds(100))
        pace.deliver(at: .seconds(60))
        #expect(pace.deadline == .seconds(160))
    }

    @Test func `a body has its time, more for what has come, and more while the worker does not read`() {
        var pace = RequestPace(limits)
        pace.receiveHead(at: .seconds(5))
        #expect(pace.deadline == .seconds(25))
        pace.receiveBody(byteCount: 3000)
        #expect(pace.deadline == .seconds(28))
        pace.excuse(.seconds(7))
        #expect(pace.deadline == .seconds(35))
    }

    @Test func `after an answer to half a request the rest has little time, and then the connection goes on`() {
        var pace = RequestPace(limits)
        pace.receiveHead(at: .seconds(1))
        pace.send(byteCount: 10, at: .seconds(2))
        pace.sendEnd(at: .seconds(2))
        #expect(pace.deadline == .seconds(4))
        pace.receiveBody(byteCount: 1 << 30)
        #expect(pace.deadline == .seconds(4))
        pace.receiveEnd(at: .seconds(3))
        #expect(pace.deadline == .seconds(103))
    }

    @Test func `of a streamed answer each part has its time, and silence has no end`() {
        var pace = RequestPace(limits)
        pace.receiveHead(at: .seconds(1))
        pace.receiveEnd(at: .seconds(1))
        pace.send(byteCount: 5000, at: .seconds(1000))
        #expect(pace.deadline == .seconds(1025))
        pace.send(byteCount: 5000, at: .seconds(1010))
        #expect(pace.deadline == .seconds(1030))
        pace.leave(byteCount: 5000, at: .seconds(1020))
        #expect(pace.deadline == .seconds(1045))
        pace.leave(byteCount: 5000, at: .seconds(1030))
        #expect(pace.deadline == nil)
        pace.send(byteCount: 1000, at: .seconds(9000))
        pace.sendEnd(at: .seconds(9000))
        // What left before is not counted.
        #expect(pace.deadline == .seconds(9021))
    }
}
