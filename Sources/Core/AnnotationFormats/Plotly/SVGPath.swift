internal import Annotations
internal import Imaging

/// The path language of SVG 1.1 (section 8.3): all commands, absolute and relative. Elliptical arcs become cubics (`SVGArc`).
struct SVGPath {
    private let text: [UInt8]
    private var index = 0
    private var elements: [AnnotationPath.Element] = []
    private var hasArcs = false
    /// Where the pen is, and where the last move led.
    private var (pen, start) = (AnnotationPoint(x: 0, y: 0), AnnotationPoint(x: 0, y: 0))
    /// The last control point of the last command, if it was a curve of this kind.
    private var (lastCubic, lastQuadratic): (AnnotationPoint?, AnnotationPoint?) = (nil, nil)

    private init(_ text: String) { self.text = Array(text.utf8) }

    /// Parses a path.
    ///
    /// - Returns: nil and what is wrong with it, for what is no path.
    static func parse(_ text: String) -> Result<AnnotationPath, SVGPathError> {
        var parser = SVGPath(text)
        do throws(SVGPathError) {
            try parser.run()
            return .success(AnnotationPath(parser.elements, isFine: parser.hasArcs))
        } catch {
            return .failure(error)
        }
    }

    private mutating func run() throws(SVGPathError) {
        skip()
        while index < text.count {
            let letter = text[index]
            guard letter.isLetter else { throw wrong("a command") }
            index += 1
            guard !elements.isEmpty || letter | 0x20 == UInt8(ascii: "m") else { throw wrong("M first") }
            try command(letter | 0x20, isRelative: letter & 0x20 != 0)
            skip()
        }
    }

    /// A command and its arguments, which may follow several times.
    private mutating func command(_ letter: UInt8, isRelative: Bool) throws(SVGPathError) {
        if letter == UInt8(ascii: "z") {
            elements.append(.close)
            (pen, lastCubic, lastQuadratic) = (start, nil, nil)
            return
        }
        // A segment after a closed one begins where that began.
        if letter != UInt8(ascii: "m"), elements.last == .close { elements.append(.move(pen)) }
        var isFirst = true
        repeat {
            let elementCount = elements.count
            let origin = isRelative ? pen : AnnotationPoint(x: 0, y: 0)
            var (cubic, quadratic): (AnnotationPoint?, AnnotationPoint?) = (nil, nil)
            switch letter {
            case UInt8(ascii: "m"):
                let to = try point(origin)
                // The arguments that follow are lines.
                elements.append(isFirst ? .move(to) : .line(to))
                if isFirst { start = to }
                pen = to
            case UInt8(ascii: "l"): line(try point(origin))
            case UInt8(ascii: "h"): line(AnnotationPoint(x: origin.x + (try number()), y: pen.y))
            case UInt8(ascii: "v"): line(AnnotationPoint(x: pen.x, y: origin.y + (try number())))
            case UInt8(ascii: "c"):
                let (first, second, to) = (try point(origin), try point(origin), try point(origin))
                (cubic, pen) = (second, to)
                elements.append(.cubic(first, second, to: to))
            case UInt8(ascii: "s"):
                let first = lastCubic.map { $0.mirrored(at: pen) } ?? pen
                let (second, to) = (try point(origin), try point(origin))
                (cubic, pen) = (second, to)
                elements.append(.cubic(first, second, to: to))
            case UInt8(ascii: "q"):
                let (control, to) = (try point(origin), try point(origin))
                (quadratic, pen) = (control, to)
                elements.append(.quadratic(control, to: to))
            case UInt8(ascii: "t"):
                let control = lastQuadratic.map { $0.mirrored(at: pen) } ?? pen
                let to = try point(origin)
                (quadratic, pen) = (control, to)
                elements.append(.quadratic(control, to: to))
            case UInt8(ascii: "a"):
                let (rx, ry, degrees) = (try number(), try number(), try number())
                let (isLarge, isSweep) = (try flag(), try flag())
                let to = try point(origin)
                hasArcs = true
                elements += SVGArc.elements(
                    from: pen, to: to, rx: rx, ry: ry, degrees: degrees, isLarge: isLarge, isSweep: isSweep)
                pen = to
            default:
                index -= 1
                throw wrong("one of the commands M L H V C S Q T A Z")
            }
            // Also control points, which may be beyond what a relative or a mirrored one is counted from.
            guard pen.isBounded, elements[elementCount...].allSatisfy(\.isBounded) else {
                throw wrong(AnnotationLimits.coordinateText)
            }
            guard elements.count <= AnnotationLimits.pointsMax else { throw wrong("a shorter path") }
            (lastCubic, lastQuadratic) = (cubic, quadratic)
            isFirst = false
            skip()
        } while index < text.count && !text[index].isLetter
    }

    private mutating func line(_ to: AnnotationPoint) {
        elements.append(.line(to))
        pen = to
    }

    // MARK: Arguments

    private mutating func point(_ origin: AnnotationPoint) throws(SVGPathError) -> AnnotationPoint {
        let (x, y) = (try number(), try number())
        return AnnotationPoint(x: origin.x + x, y: origin.y + y)
    }

    private mutating func flag() throws(SVGPathError) -> Bool {
        skip()
        guard index < text.count, text[index] == UInt8(ascii: "0") || text[index] == UInt8(ascii: "1") else {
            throw wrong("a flag 0 or 1")
        }
        index += 1
        return text[index - 1] == UInt8(ascii: "1")
    }

    private mutating func number() throws(SVGPathError) -> Double {
        skip()
        let start = index
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
        digits()
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            digits()
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
            digits()
        }
        var digits = text[start..<index]
        // `.5` and `5.` are numbers of SVG.
        if digits.last == UInt8(ascii: ".") { digits.removeLast() }
        let sign = digits.first == UInt8(ascii: "-") ? "-" : ""
        if let first = digits.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") { digits.removeFirst() }
        if digits.first == UInt8(ascii: ".") { digits.insert(UInt8(ascii: "0"), at: digits.startIndex) }
        guard digits.count <= 400, let value = Double(sign + String(decoding: digits, as: UTF8.self)),
            AnnotationLimits.isCoordinate(value)
        else {
            index = start
            throw wrong(AnnotationLimits.coordinateText)
        }
        return value
    }

    private mutating func digits() {
        while index < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) { index += 1 }
    }

    /// Passes over space and commas.
    private mutating func skip() {
        while index < text.count, text[index] == UInt8(ascii: ",") || text[index] == 0x20 || (0x09...0x0D).contains(text[index]) {
            index += 1
        }
    }

    private func wrong(_ expected: String) -> SVGPathError {
        let rest = String(decoding: text[index...].prefix(20), as: UTF8.self).inOneLine
        return SVGPathError(
            reason: "path, character \(index): expected \(expected), found \(index < text.count ? "\"\(rest)\"" : "its end")")
    }
}

/// What is wrong with a path.
struct SVGPathError: Error, Equatable {
    let reason: String
}

extension AnnotationPoint {
    /// The point on the other side of `centre`.
    fileprivate func mirrored(at centre: AnnotationPoint) -> AnnotationPoint {
        AnnotationPoint(x: 2 * centre.x - x, y: 2 * centre.y - y)
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}

extension AnnotationPath {
    /// The path in the language of SVG, absolute; it reads as the same path.
    var svg: String {
        var text = ""
        let write = { (points: [AnnotationPoint]) in points.map { "\($0.x.shortest),\($0.y.shortest)" }.joined(separator: " ") }
        for element in elements {
            switch element {
            case .move(let to):
                // An arc to where it begins draws nothing, and says that the path has arcs.
                text += "M" + write([to]) + (isFine && text.isEmpty ? "A1 1 0 0 1 " + write([to]) : "")
            case .line(let to): text += "L" + write([to])
            case .quadratic(let control, let to): text += "Q" + write([control, to])
            case .cubic(let first, let second, let to): text += "C" + write([first, second, to])
            case .close: text += "Z"
            }
        }
        return text
    }
}
