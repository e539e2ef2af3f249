internal import Formats
internal import Protocol

/// Text in Prometheus' exposition format, version 0.0.4.
struct Exposition {
    enum Kind: String {
        case counter
        case gauge
    }

    private(set) var text = ""

    /// Adds one metric.
    ///
    /// - Parameters:
    ///   - name: without the prefix `coppice_worker_`.
    ///   - samples: label text, such as `kind="tile"`, or nothing, and the value.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: String, value: String)]) {
        let name = "coppice_worker_\(name)"
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, value) in samples {
            text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
        }
    }

    /// Adds one metric of one value.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: some Numeric) {
        add(name, kind, help, [("", "\(value)")])
    }
}

extension JobEngine {
    /// Everything that `GET /metrics` tells.
    var exposition: String {
        let counts = metrics.counts
        let now = snapshot
        var page = Exposition()
        page.add("uptime_seconds", .gauge, "Time since the start.", uptime / .seconds(1))
        page.add("slots", .gauge, "Jobs computed at the same time.", limits.slotCount)
        page.add("draining", .gauge, "1 once no new jobs are taken.", now.isDraining ? 1 : 0)
        page.add("jobs_running", .gauge, "Slots that compute.", now.runningCount)
        page.add("jobs_queued", .gauge, "Jobs that wait for a slot.", now.queuedCount)
        page.add("requests_waiting", .gauge, "Requests that wait for a job.", now.waiterCount)
        let jobs = counts.jobs.sorted { ($0.key.kind, $0.key.outcome) < ($1.key.kind, $1.key.outcome) }
        page.add(
            "jobs_total", .counter, "Jobs by kind and outcome.",
            jobs.map { ("kind=\"\($0.key.kind)\",outcome=\"\($0.key.outcome.rawValue)\"", "\($0.value)") })
        page.add(
            "job_seconds_total", .counter, "Time that slots computed, by kind of job.",
            counts.jobSeconds.sorted { $0.key < $1.key }.map { ("kind=\"\($0.key)\"", "\($0.value)") })
        page.add("blobs", .gauge, "Blobs held.", now.blobs.count)
        page.add("blob_bytes", .gauge, "Memory of the blobs held.", now.blobs.reduce(0) { $0 + $1.bytes })
        page.add("blob_evictions_total", .counter, "Blobs that went to make room.", counts.blobEvictions)
        page.add("result_bytes", .gauge, "Memory of the answers kept.", now.resultBytes)
        page.add("request_body_bytes_total", .counter, "Bytes of request bodies received.", counts.requestBodyBytes)
        page.add("response_body_bytes_total", .counter, "Bytes of response bodies given.", counts.responseBodyBytes)
        let remote = RemoteTraffic.process.counts
        page.add("url_requests_total", .counter, "Requests for images that URLs name.", remote.requests)
        page.add("url_bytes_total", .counter, "Bytes of images that URLs name.", remote.bytes)
        page.add(
            "responses_total", .counter, "Answers by HTTP status.",
            counts.responses.sorted { $0.key < $1.key }.map { ("status=\"\($0.key)\"", "\($0.value)") })
        return page.text
    }
}
