/// The state of one phase, and how it reads as one line.
struct ProgressLine {
    let phase: String
    let unit: String
    let total: Int?
    let start: ContinuousClock.Instant
    /// Pieces; parts of pieces count.
    var done = 0.0
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
        let rate = seconds > 0 ? done / seconds : 0
        let whole = Int(done + Self.tolerance)
        var parts = [phase]
        if let total, total > 0 {
            let width = 20
            let filled = min(width, Int((done + Self.tolerance) * Double(width) / Double(total)))
            let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
            parts.append("[\(bar)] \(whole)/\(total) \(unit)")
        } else {
            parts.append("\(whole) \(unit)")
        }
        parts.append(Self.rate(rate))
        if let total, rate > 0, whole < total {
            parts.append("\(Self.span((Double(total) - done) / rate)) left")
        } else {
            parts.append(Self.span(seconds))
        }
        if let workers { parts.append("\(workers.busy)/\(workers.total) workers busy") }
        return parts.joined(separator: "  ")
    }

    /// What sums of parts of a piece may lack.
    private static let tolerance = 1e-6

    private static func rate(_ rate: Double) -> String {
        switch rate {
        case 0: "0.0/s"
        case ..<0.1: rate < 0.1 / 60 ? "\(decimal(rate * 3600))/h" : "\(decimal(rate * 60))/min"
        default: "\(decimal(rate))/s"
        }
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
