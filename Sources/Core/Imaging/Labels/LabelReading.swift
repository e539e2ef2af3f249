/// How each label image of a command is read, decided over all of them.
package struct LabelReading: Sendable {
    /// `[file]`, in the order in which they were added.
    package let tables: [LabelTable]
    /// `[file]`: what is said of it.
    package let notes: [[ImageNote]]
    /// The colours that labels have in the files; empty where labels are numbers.
    package let colours: [Int: RGBColour]

    /// The labels of colours in the form of `--colours`; nil where labels are numbers.
    package var colourText: String? {
        colours.isEmpty ? nil : colours.sorted { $0.key < $1.key }.map { "\($0.value.hex)=\($0.key)" }.joined(separator: ",")
    }
}

extension LabelCollection {
    /// Decides how the files are read.
    ///
    /// - Throws: `ImageError.unsupported` where it is not clear which label a colour is, or for more labels than there can be.
    package func reading() throws(ImageError) -> LabelReading {
        let isColoured = files.contains { $0.storage == .colours && !$0.isGrey }
        var labels: [RGBColour: UInt16] = [:]
        var isFound = false
        if !rules.listed.isEmpty {
            for one in rules.listed { labels[one.colour] = one.label }
        } else if isColoured {
            isFound = true
            labels = try foundLabels()
        }
        let isLookedUp = { (file: File) in file.isListed || file.storage == .colours && isFound }
        for colour in rules.ignoredColours { labels[colour] = nil }
        try check(labels.values.filter { $0 > 0 }, isFound: isFound)

        var tables: [LabelTable] = []
        var notes: [[ImageNote]] = []
        let mapping = isFound ? Self.mapping(labels) : nil
        let absent = rules.listed.filter { $0.label > 0 && !colours.contains($0.colour) }
        for (index, file) in files.enumerated() {
            var remarks: [String] = []
            if isLookedUp(file) {
                guard !file.hasNearColours else {
                    throw .unsupported(
                        path: file.path,
                        reason: "expected colours that differ in the upper 8 of their 16 bits, found some that do not")
                }
                tables.append(Self.table(labels, of: file))
                if let mapping { remarks.append(mapping) }
                if file.storage == .palette { remarks.append("the palette's colours are looked up in --colours") }
            } else {
                tables.append(numberTable(of: file))
                if file.storage == .colours { remarks.append("red, green and blue are the same, and are the label") }
            }
            if index == 0, !absent.isEmpty {
                remarks.append("no label image has \(absent.map(\.colour.hex).joined(separator: ", ")), which --colours lists")
            }
            remarks += file.remarks
            var said = remarks.isEmpty ? [] : [ImageNote(.labels, remarks.joined(separator: "; "))]
            if file.transparentCount > 0 {
                let place = file.transparentCount == 1 ? "1 pixel" : "\(file.transparentCount) pixels"
                said.append(ImageNote(.alpha, "transparent, or without data, on \(place): unlabelled"))
            }
            notes.append(said + file.notes)
        }
        var ofLabels: [Int: RGBColour] = [:]
        if files.contains(where: isLookedUp) {
            let order = isFound ? labels.map { ($0.key, $0.value) } : rules.listed.map { ($0.colour, $0.label) }
            for (colour, label) in order where label > 0 && ofLabels[Int(label)] == nil { ofLabels[Int(label)] = colour }
        }
        return LabelReading(tables: tables, notes: notes, colours: ofLabels)
    }

    /// The labels of the colours that were found: those of the palettes in the same command, or 1, 2, … in their order.
    private func foundLabels() throws(ImageError) -> [RGBColour: UInt16] {
        let found = colours.subtracting(rules.ignoredColours).subtracting([.black]).sorted()
        guard found.count <= Int(UInt16.max) else {
            throw .unsupported(
                path: path(of: .colours), reason: "expected at most \(UInt16.max) colours as labels, found \(found.count)")
        }
        if let labels = paletteLabels(found) { return labels }
        var labels: [RGBColour: UInt16] = [:]
        for (index, colour) in found.enumerated() { labels[colour] = UInt16(index + 1) }
        let numbers = numbers.subtracting(rules.ignoredLabels.compactMap { UInt16(exactly: $0) })
        let isClear = numbers.isEmpty || purpose == .comparison && numbers.allSatisfy { Int($0) <= found.count }
        guard isClear else {
            let hint = labels.sorted { $0.key < $1.key }.prefix(8).map { "\($0.key.hex)=\($0.value)" }.joined(separator: ",")
            throw .unsupported(
                path: path(of: .colours),
                reason:
                    "expected numbers as labels, as in \(numberedPath), found \(found.count) colours; say which labels "
                    + "they are, such as --colours \"\(hint)\"")
        }
        return labels
    }

    /// The labels that palettes of other files give to colours; nil unless they have them all, and agree.
    private func paletteLabels(_ found: [RGBColour]) -> [RGBColour: UInt16]? {
        var labels: [RGBColour: UInt16] = [:]
        for file in files where file.storage == .palette {
            for (index, colour) in file.palette.enumerated() where index > 0 && colour != .black {
                if let other = labels[colour], other != UInt16(index) { return nil }
                labels[colour] = UInt16(index)
            }
        }
        guard found.allSatisfy({ labels[$0] != nil }) else { return nil }
        return labels.filter { found.contains($0.key) }
    }

    private func check(_ labels: [UInt16], isFound: Bool) throws(ImageError) {
        guard purpose == .training else { return }
        let all = numbers.union(isFound ? labels : []).subtracting(rules.ignoredLabels.compactMap { UInt16(exactly: $0) })
        guard all.count <= 255 else {
            let files = files.count > 1 ? " in all label images" : ""
            throw .unsupported(
                path: numberedPath,
                reason: "expected labels of 2 to 255 classes, found \(all.count)\(files); labels are classes, not objects")
        }
    }

    private func path(of storage: LabelPixels.Storage) -> String {
        (files.first { $0.storage == storage } ?? files.first)?.path ?? ""
    }

    private var numberedPath: String { files.first { $0.storage != .colours }?.path ?? path(of: .colours) }

    private static func mapping(_ labels: [RGBColour: UInt16]) -> String {
        let order = labels.sorted { $0.value < $1.value }
        let texts = order.prefix(12).map { "\($0.key.hex) → \($0.value)" }
        let rest = order.count > 12 ? " and \(order.count - 12) more" : ""
        let subject = order.count == 1 ? "1 colour becomes a label" : "\(order.count) colours become labels"
        return "\(subject): \(texts.joined(separator: ", "))\(rest)"
    }

    /// Looks up the colours of a file's values.
    private static func table(_ labels: [RGBColour: UInt16], of file: File) -> LabelTable {
        var table: [LabelValue: UInt16] = [:]
        switch file.storage {
        case .colours where file.sampleType == .uint8: for (colour, label) in labels { table[LabelValue(colour)] = label }
        case .colours: for value in file.used { table[value] = labels[colour(of: value, in: file)] }
        case .palette:
            for index in file.palette.indices {
                let value = LabelValue(number: UInt16(index))
                if index > 0, !file.transparent.contains(value) { table[value] = labels[file.palette[index]] }
            }
        case .numbers: for (colour, label) in labels { table[LabelValue(number: UInt16(colour.red))] = label }
        }
        return LabelTable(labels: table)
    }

    /// Numbers as they are, but for those whose colour is ignored.
    private func numberTable(of file: File) -> LabelTable {
        let ignored = Set(rules.ignoredColours)
        guard !ignored.isEmpty, file.storage != .colours, file.storage == .palette || file.sampleType == .uint8
        else { return .numbers }
        let count = file.storage == .palette ? file.palette.count : 256
        var table: [LabelValue: UInt16] = [:]
        for index in 1..<max(2, count) {
            let value = LabelValue(number: UInt16(index))
            if !ignored.contains(Self.colour(of: value, in: file)) { table[value] = UInt16(index) }
        }
        return LabelTable(labels: table)
    }
}
