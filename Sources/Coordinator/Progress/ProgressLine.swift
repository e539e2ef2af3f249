/// The state of one phase, and how it reads as one line.
struct ProgressLine {
    let phase: String
    let unit: String
    let total: Int?
    let start: ContinuousClock.Instant
    var done = 0
    var workers: (busy: Int, total: Int)?

    init(phase: String, unit: String, total: Int?, start: ContinuousClock.Instant) {
        self.phase = phase
        self.unit = unit
        self.total = total
        self.start = start
    }

    /// `training [=====>    ]  50/100 trees  12.5/s  4 s left  2/2 workers busy`
    func text(at now: ContinuousClock.Instant) -> String {
        let seconds = (now - start) / .seconds(1)
        let rate = seconds > 0 ? Double(done) / seconds : 0
        var parts = [phase]
        if let total, total > 0 {
            let width = 20
            let filled = min(width, done * width / total)
            let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
            parts.append("[\(bar)] \(done)/\(total) \(unit)")
        } else {
            parts.append("\(done) \(unit)")
        }
        parts.append("\(Self.decimal(rate))/s")
        if let total, rate > 0, done < total {
            parts.append("\(Self.span(Double(total - done) / rate)) left")
        } else {
            parts.append(Self.span(seconds))
        }
        if let workers { parts.append("\(workers.busy)/\(workers.total) workers busy") }
        return parts.joined(separator: "  ")
    }

    private static func decimal(_ value: Double) -> String {
        value >= 100 ? String(Int(value.rounded())) : String((value * 10).rounded() / 10)
    }

    private static func span(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if seconds < 10 { return "\(decimal(seconds)) s" }
        if whole < 120 { return "\(whole) s" }
        if whole < 7200 { return "\(whole / 60) min" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
