package import Annotations
package import Imaging

/// Labelings of Labkit: for each label the list of its pixels. Classes are numbered in the order of the labels.
///
/// A pixel of more than one label has the last of them. A third number of a pixel is its plane.
package enum LabkitLabeling: JSONAnnotationFormat {
    package static let name = "Labkit labeling"
    package static let option = "labkit"
    package static let fileExtensions = ["labeling"]

    static func recognises(_ document: JSONPlace) -> Bool {
        document["labels"]?.isObject == true && document["interval"]?.isObject == true
    }

    static func read(_ document: JSONPlace, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations {
        var builder = AnnotationBuilder(path: document.path)
        let colours = Dictionary((document["colors"]?.members ?? []).map { ($0.name, $0.value.string) }) { $1 }
        let numbers = Dictionary((document["classes"]?.members ?? []).map { ($0.name, $0.value.integer) }) { $1 }
        for (name, pixels) in try document.required("labels", "an object of labels").requiredMembers() {
            let colour = colours[name].flatMap { $0 }.flatMap(CSSColour.parse)
            let number = try builder.classNumber(key: name, name: name, colour: colour, number: numbers[name].flatMap { $0 })
            for (plane, patch) in try patches(pixels) {
                var annotation = Annotation(.raster(patch), classNumber: number)
                annotation.plane = plane.map { AnnotationPlane(z: $0) }
                try builder.add(annotation)
            }
        }
        return builder.finished()
    }

    /// The pixels of a label, plane by plane.
    private static func patches(_ place: JSONPlace) throws(ImageError) -> [(plane: Int?, patch: RasterPatch)] {
        if case .pairs(let numbers) = place.value {
            var list = PixelList()
            for index in stride(from: 0, to: numbers.count, by: 2) where !list.add(x: numbers[index], y: numbers[index + 1]) {
                let pixel = JSONTree.numbers([numbers[index], numbers[index + 1]])
                throw JSONPlace(pixel, path: place.path, place: "\(place.place)[\(index / 2)]").wrong(pixelText)
            }
            return list.patch().map { [(nil, $0)] } ?? []
        }
        var lists: [Int: PixelList] = [:]
        for pixel in try place.requiredElements("a list of pixels") {
            guard case .numbers(let numbers) = pixel.value, numbers.count == 3, let plane = Int32(exactly: numbers[2]),
                plane >= 0,
                lists[Int(plane), default: PixelList()].add(x: numbers[0], y: numbers[1])
            else { throw pixel.wrong(pixelText) }
        }
        return lists.keys.sorted().compactMap { plane in lists[plane]?.patch().map { (plane, $0) } }
    }

    private static let pixelText = "a pixel [x, y] or [x, y, z] of whole numbers below \(AnnotationLimits.sideMax)"

    /// The labels of the pixels, as they are in the end: each has one.
    package static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]? {
        let (names, colours) = (ClassNames(document), ClassColours(document))
        let boxes = document.annotations.map(\.shape.box)
        let width = max(1, writing.width ?? boxes.map(\.endX).max() ?? 1)
        let height = max(1, writing.height ?? boxes.map(\.endY).max() ?? 1)
        let depth = document.annotations.compactMap { $0.plane?.z }.max().map { $0 + 1 }
        var pixels: [Int: JSONWriter] = [:]
        for number in names.numbers { pixels[number] = JSONWriter() }
        let planes: [Int?] = depth == nil ? [nil] : Set(document.annotations.compactMap { $0.plane?.z }).sorted()
        for plane in planes {
            let drawn = try ShapePixels(
                document, width: width, height: height, plane: plane.map { AnnotationPlane(z: $0) }, path: name)
            try drawn.forEachRow(in: PixelRect(x: 0, y: 0, width: width, height: height)) { row, labels in
                for (column, label) in labels.enumerated() where label != 0 {
                    pixels[Int(label)]?.list { json in
                        json.value(column)
                        json.value(row)
                        if let plane { json.value(plane) }
                    }
                }
            }
        }
        var json = JSONWriter()
        json.object { json in
            let sides = [width, height] + (depth.map { [$0] } ?? [])
            json.name("interval")
            json.object { json in
                json.name("min")
                json.list { json in sides.forEach { _ in json.value(0) } }
                json.name("max")
                json.list { json in sides.forEach { json.value($0 - 1) } }
                json.member("n", sides.count)
            }
            json.name("pixelSizes")
            json.list { json in
                for _ in sides {
                    json.object { json in
                        json.member("size", 1)
                        json.member("unit", "pixel")
                    }
                }
            }
            json.name("labels")
            json.object { json in
                for number in names.numbers {
                    json.name(names[number] ?? "")
                    json.list { json in json.append(pixels[number]) }
                }
            }
            json.name("colors")
            json.object { json in
                for number in names.numbers { json.member(names[number] ?? "", colours[number]?.hex) }
            }
            // Labkit has no numbers, and passes over this.
            if names.numbers != Array(1...max(1, names.numbers.count)) {
                json.name("classes")
                json.object { json in
                    for number in names.numbers { json.member(names[number] ?? "", number) }
                }
            }
        }
        return json.bytes + [10]
    }
}
