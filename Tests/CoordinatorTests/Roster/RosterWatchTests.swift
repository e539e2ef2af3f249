import Foundation
@testable import HTTPClient
@testable import Primitives
internal import Scheduling
internal import Synchronization
import Testing

@testable import Coordinator

@Suite struct RosterWatchTests {
    /// A source that says what the test wants next.
    private final class ScriptedSource: RosterSource {
        private let next = Lock<Result<RosterReading, RosterError>>(.success(RosterReading()))
        let name = "script"
        let isFixed = false

        func set(_ names: [String], complaints: [String] = []) {
            let workers = names.compactMap { WorkerURL("http://worker/\($0)") }.map { RosterEntry(url: $0) }
            next.withLock { $0 = .success(RosterReading(workers: workers, complaints: complaints)) }
        }

        func fail(_ reason: String) { next.withLock { $0 = .failure(RosterError(description: reason)) } }

        func read() throws(RosterError) -> RosterReading { try next.withLock { $0 }.get() }
    }

    /// The pauses of a watch, ended by the test.
    private actor Pauses {
        private var sleeper: CheckedContinuation<Void, Never>?
        private var observers: [CheckedContinuation<Void, Never>] = []
        private var isOver = false

        /// The watch waits here.
        func pause() async throws {
            if isOver { throw CancellationError() }
            await withCheckedContinuation { continuation in
                sleeper = continuation
                for observer in observers { observer.resume() }
                observers.removeAll()
            }
            if isOver { throw CancellationError() }
        }

        /// Lets the watch read once, and comes back when it has taken in what it read.
        func turn() async {
            await untilAsleep()
            wake()
            await untilAsleep()
        }

        func end() async {
            await untilAsleep()
            isOver = true
            wake()
        }

        private func wake() {
            sleeper?.resume()
            sleeper = nil
        }

        private func untilAsleep() async {
            if sleeper == nil { await withCheckedContinuation { observers.append($0) } }
        }
    }

    private struct Scene {
        let source = ScriptedSource()
        let pauses = Pauses()
        let notices = Notices()
        let dispatcher: Dispatcher
        let watch: RosterWatch

        init(_ workers: [String: ScriptedWorker] = [:], token: String? = nil, proxies: HTTPProxies = HTTPProxies([:])) {
            var settings = Dispatcher.Settings()
            settings.pollPause = .zero
            settings.limits.stragglerAge = .zero
            dispatcher = Dispatcher(settings: settings) { endpoint in
                workers[endpoint.url.split(separator: "/").last.map(String.init) ?? ""] ?? ScriptedWorker()
            }
            watch = RosterWatch(source: source, token: token, log: notices.add, proxies: proxies) { [pauses] in
                try await pauses.pause()
            }
        }

        func health() async -> [String] { await dispatcher.workerReports.map(\.health) }
    }

    private final class Notices: Sendable {
        private let texts = Lock<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        @Sendable func add(_ notice: DispatchNotice) { texts.withLock { $0.append(notice.text) } }
    }

    private static func jobs(_ count: Int) -> [DispatchJob<String>] {
        (0..<count).map { number in
            DispatchJob(label: "tile \(number)") { _ in
                Data("job \(number)".utf8)
            } accept: { data in
                String(decoding: data, as: UTF8.self)
            }
        }
    }

    @Test func `a worker that is listed in the middle of a run does what is left`() async throws {
        // The first worker takes its jobs and says no more.
        let workers = ["a": ScriptedWorker { _, _ in .hang }, "b": ScriptedWorker()]
        let scene = Scene(workers)
        scene.source.set(["a"])
        let delivered = Notices()
        try await scene.watch.serve(scene.dispatcher, from: try await scene.watch.firstReading()) {
            async let run = scene.dispatcher.run(Self.jobs(20)) { _, output in
                delivered.add(DispatchNotice(isWarning: false, text: output))
            }
            _ = await workers["a"]?.started.value
            scene.source.set(["a", "b"])
            await scene.pauses.turn()
            _ = try await run
            await scene.pauses.end()
        }
        #expect(Set(delivered.all).count == 20 && delivered.all.count == 20)
        #expect(workers["b"]?.submitted.count ?? 0 >= 20)
    }

    @Test func `a worker removed from the list gets no jobs until it is listed again`() async throws {
        let workers = ["a": ScriptedWorker(), "b": ScriptedWorker()]
        let scene = Scene(workers)
        scene.source.set(["a", "b"])
        try await scene.watch.serve(scene.dispatcher, from: try await scene.watch.firstReading()) {
            scene.source.set(["b"])
            await scene.pauses.turn()
            #expect(await scene.health() == ["draining", "joining"])
            _ = try await scene.dispatcher.run(Self.jobs(5)) { _, _ in }
            #expect(workers["a"]?.submitted == [])
            scene.source.fail("the file server sleeps")
            await scene.pauses.turn()
            await scene.pauses.turn()
            #expect(await scene.health() == ["draining", "usable"])
            scene.source.set(["a"])
            await scene.pauses.turn()
            #expect(await scene.health() == ["joining", "draining"])
            _ = try await scene.dispatcher.run(Self.jobs(5)) { _, _ in }
            #expect(workers["a"]?.submitted.count == 5)
            await scene.pauses.end()
        }
        #expect(scene.notices.all.filter { $0 == "the file server sleeps" }.count == 1)
    }

    @Test func `a complaint is told once, and complaints have a limit`() async throws {
        let scene = Scene()
        scene.source.set([], complaints: ["line 1"])
        let first = try await scene.watch.firstReading()
        await scene.watch.serve(scene.dispatcher, from: first) {
            await scene.pauses.turn()
            scene.source.set([], complaints: (1...1000).map { "line \($0)" })
            await scene.pauses.turn()
            await scene.pauses.end()
        }
        #expect(scene.notices.all.filter { $0 == "line 1" }.count == 1)
        #expect(scene.notices.all.count == RosterWatch.complaintsMax + 1)
        #expect(scene.notices.all.last == "script: further complaints are not shown")
    }

    @Test func `a token that goes to other machines unencrypted is warned of once, without the token`() async throws {
        let scene = Scene(token: "secret")
        scene.source.set(["a", "b"])
        let first = try await scene.watch.firstReading()
        await scene.watch.serve(scene.dispatcher, from: first) { await scene.pauses.end() }
        #expect(scene.notices.all == ["http://worker/a: the token goes to other machines unencrypted; use https (--tls-ca)"])
    }

    @Test func `a token that goes to a proxy unencrypted is warned of before it is sent`() async throws {
        let scene = Scene(token: "secret", proxies: HTTPProxies(["http_proxy": "http://me:pw@proxy:3128"]))
        scene.source.set(["a", "b"])
        let expected =
            "http://worker/a: the token goes to the proxy http://proxy:3128 (http_proxy) unencrypted; use https (--tls-ca), "
            + "or name the worker in no_proxy to reach it directly"
        let slots = try await scene.watch.expectedSlots { _ in
            #expect(scene.notices.all == [expected])
            return 3
        }
        #expect(slots == 6)
        let first = try await scene.watch.firstReading()
        await scene.watch.serve(scene.dispatcher, from: first) { await scene.pauses.end() }
        #expect(scene.notices.all == [expected])
    }
}
