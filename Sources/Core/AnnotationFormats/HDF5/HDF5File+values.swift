internal import Imaging

extension HDF5File {
    /// Whole numbers of one dataset.
    private static let integersMax = 1 << 19
    /// Texts of one dataset.
    private static let textsMax = 1 << 16

    // MARK: Datasets

    /// The shape and the values of a dataset of numbers of 8 bits, row-major; negative ones are 0.
    func bytes(of place: String) throws(ImageError) -> (shape: [Int], values: [UInt8]) {
        let dataset = try dataset(place)
        guard case .integer(1, let isSigned, _) = dataset.type else { throw damaged(place, "numbers of 8 bits") }
        let values = try contents(of: dataset, place)
        return (dataset.shape.sides, isSigned ? values.map { $0 < 0x80 ? $0 : 0 } : values)
    }

    /// The shape and the values of a dataset of whole numbers; those beyond 64 bits with a sign are the largest.
    func integers(of place: String) throws(ImageError) -> (shape: [Int], values: [Int64]) {
        let dataset = try dataset(place)
        guard case .integer(let byteCount, let isSigned, let isBigEndian) = dataset.type, dataset.shape.count <= Self.integersMax
        else { throw damaged(place, "some whole numbers") }
        let contents = try contents(of: dataset, place)
        let values = (0..<dataset.shape.count).map { index in
            let element = contents[index * byteCount..<(index + 1) * byteCount]
            let word = (isBigEndian ? Array(element) : element.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let unused = 64 - 8 * byteCount
            return isSigned ? Int64(bitPattern: word << unused) >> unused : Int64(clamping: word)
        }
        return (dataset.shape.sides, values)
    }

    /// The texts of a dataset.
    func texts(of place: String) throws(ImageError) -> [String] {
        let dataset = try dataset(place)
        try expectTexts(dataset.shape, dataset.type, place)
        return try texts(dataset.type, dataset.shape.count, try contents(of: dataset, place), place)
    }

    private func dataset(_ place: String) throws(ImageError) -> HDF5Dataset {
        guard let header = try header(of: place) else { throw damaged(place, "a dataset") }
        return try HDF5Dataset(header, in: self, place: place)
    }

    // MARK: Attributes

    /// A text that is an attribute of an object; nil if it has none of this name.
    func attribute(_ name: String, of place: String) throws(ImageError) -> String? {
        guard let header = try header(of: place) else { return nil }
        for message in try header.contents(.attribute) {
            guard let attribute = try attribute(name, message) else { continue }
            let (shape, type) = (try HDF5Shape(attribute.shape), try HDF5ElementType(attribute.type))
            let label = "\(place), attribute \(name)"
            try expectTexts(shape, type, label)
            var content = attribute.content
            guard shape.count == 1 else { throw damaged(label, "a text") }
            return try texts(type, 1, Array(bytes[try content.range(type.byteCount)]), label).first
        }
        return nil
    }

    /// The parts of an attribute; nil if it has another name.
    private func attribute(
        _ name: String, _ message: HDF5Cursor
    ) throws(ImageError) -> (type: HDF5Cursor, shape: HDF5Cursor, content: HDF5Cursor)? {
        var message = message
        let (version, flags) = (try message.number(1), try message.number(1))
        guard (1...3).contains(version) else { throw message.damaged("an attribute of version 1…3") }
        let (nameByteCount, typeByteCount, shapeByteCount) = (try message.number(2), try message.number(2), try message.number(2))
        // The name's characters.
        if version == 3 { try message.skip(1) }
        let padded = { (count: Int) in version == 1 ? (count + 7) / 8 * 8 : count }
        let found = try message.range(padded(nameByteCount))
        guard bytes[found].prefix(nameByteCount).prefix(while: { $0 != 0 }).elementsEqual(name.utf8) else { return nil }
        guard version == 1 || flags & 3 == 0 else {
            throw .unsupported(path: path, reason: "attribute \(name): expected a type of its own, found a shared one")
        }
        let type = try message.range(padded(typeByteCount))
        let shape = try message.range(padded(shapeByteCount))
        return (
            try cursor(at: type.lowerBound, count: type.count), try cursor(at: shape.lowerBound, count: shape.count), message
        )
    }

    // MARK: Texts

    /// Pays for texts before they are read.
    private func expectTexts(_ shape: HDF5Shape, _ type: HDF5ElementType, _ place: String) throws(ImageError) {
        guard shape.count <= Self.textsMax else { throw damaged(place, "at most \(Self.textsMax) texts") }
        switch type {
        case .text(let byteCount):
            let (all, isTooMuch) = byteCount.multipliedReportingOverflow(by: max(1, shape.count))
            try spendText(isTooMuch ? .max : all)
        case .ownText: break
        case .integer, .other: throw damaged(place, "texts")
        }
    }

    /// - Parameter contents: bytes of the elements.
    private func texts(
        _ type: HDF5ElementType, _ count: Int, _ contents: [UInt8], _ place: String
    ) throws(ImageError) -> [String] {
        var texts: [String] = []
        for index in 0..<count {
            let element = Array(contents[index * type.byteCount..<(index + 1) * type.byteCount])
            let text: ArraySlice<UInt8>
            if type == .ownText { text = try ownText(element, place) } else { text = element[...] }
            texts.append(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))
        }
        return texts
    }

    /// The characters of a text in the global heap, whose element says how many they are and where.
    private func ownText(_ element: [UInt8], _ place: String) throws(ImageError) -> ArraySlice<UInt8> {
        var reference = try HDF5Cursor(element, path: path, at: 0)
        let (count, address, number) = (try reference.number(4), try reference.address(), try reference.number(4))
        // An empty text is nowhere.
        guard count > 0, let address, address > 0 else { return [] }
        guard let object = try heap(at: address)[number], object.count >= count else {
            throw damaged(place, "a text of \(count) bytes")
        }
        try spendText(count)
        return bytes[object].prefix(count)
    }

    /// The objects of a global heap, by their numbers.
    private func heap(at address: Int) throws(ImageError) -> [Int: Range<Int>] {
        if let known = heaps[address] { return known }
        try spendEntry()
        var start = try cursor(at: address)
        try start.expect("GCOL")
        try start.expect(version: 1, of: "a global heap")
        try start.skip(3)
        var heap = try cursor(at: address, count: try start.number(8))
        try heap.skip(16)
        var objects: [Int: Range<Int>] = [:]
        while heap.remaining >= 16 {
            try spendEntry()
            let number = try heap.number(2)
            try heap.skip(6)
            let count = try heap.number(8)
            // What is free is the last object.
            if number == 0 { break }
            let object = try heap.range(count)
            guard objects.updateValue(object, forKey: number) == nil else { throw heap.damaged("objects that differ") }
            // The last one may end with the heap.
            try heap.skip(min(heap.remaining, (8 - count % 8) % 8))
        }
        heaps[address] = objects
        return objects
    }
}
