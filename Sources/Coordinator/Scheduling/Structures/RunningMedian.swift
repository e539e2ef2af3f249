/// The median of the last few durations.
struct RunningMedian: Sendable {
    /// How many durations are remembered.
    static let windowCount = 101

    /// In order of arrival; `oldest` is overwritten next once the window is full.
    private var arrivals: [Duration] = []
    private var oldest = 0
    /// The same durations, ascending.
    private var sorted: [Duration] = []

    /// The upper median, nil before the first duration.
    var value: Duration? { sorted.isEmpty ? nil : sorted[sorted.count / 2] }

    /// - Complexity: O(`windowCount`).
    mutating func add(_ duration: Duration) {
        if arrivals.count < Self.windowCount {
            arrivals.append(duration)
        } else {
            sorted.remove(at: firstPosition(notBelow: arrivals[oldest]))
            arrivals[oldest] = duration
            oldest = (oldest + 1) % Self.windowCount
        }
        sorted.insert(duration, at: firstPosition(notBelow: duration))
    }

    private func firstPosition(notBelow duration: Duration) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < duration { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
