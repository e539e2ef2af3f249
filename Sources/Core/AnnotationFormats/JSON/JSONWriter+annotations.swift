internal import Annotations
internal import Imaging

/// What several kinds of files write alike.
extension JSONWriter {
    /// The member `classes`: a list with a line for each class, of its number, name and colour.
    ///
    /// - Parameter colourName: what the kind of file calls a colour.
    mutating func classes(
        _ classes: [AnnotationClass], colourName: String, colour: (AnnotationClass) -> RGBColour?
    ) {
        name("classes")
        list { json in
            for item in classes {
                json.line()
                json.object { json in
                    json.member("number", item.number)
                    json.member("name", item.name)
                    json.member(colourName, colour(item)?.hex)
                }
            }
        }
    }

    /// A list of `[x, y]`.
    mutating func points(_ points: [AnnotationPoint]) {
        list { json in
            for point in points { json.point(point) }
        }
    }

    mutating func point(_ point: AnnotationPoint) {
        list { json in
            json.value(point.x)
            json.value(point.y)
        }
    }
}
