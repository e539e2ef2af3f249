internal import HTTPTypes

extension Mandate {
    /// A field of a mandate that is not what it should be.
    struct Malformed: Error {
        /// One line for people.
        let message: String
    }

    /// The mandate that a request carries; nil without one. Both fields are needed for that.
    init?(_ fields: HTTPFields) throws(Malformed) {
        let run = fields.value("coppice-run")
        if let run, !(1...Self.runLengthMax).contains(run.utf8.count) || !run.utf8.allSatisfy({ (33...126).contains($0) }) {
            throw Malformed(message: "coppice-run: expected 1 to \(Self.runLengthMax) visible ASCII characters")
        }
        var epoch: Int?
        if let text = fields.value("coppice-epoch") {
            let isDecimal = text.utf8.allSatisfy { (48...57).contains($0) }
            guard isDecimal, let value = Int(text), (1...Self.epochMax).contains(value) else {
                throw Malformed(message: "coppice-epoch: expected a whole number from 1 to \(Self.epochMax)")
            }
            epoch = value
        }
        guard let run, let epoch else { return nil }
        self.init(run: run, epoch: epoch)
    }
}

extension HTTPFields {
    /// The first field of a name in lower case.
    fileprivate func value(_ name: String) -> String? { first { $0.name.canonicalName == name }?.value }
}
