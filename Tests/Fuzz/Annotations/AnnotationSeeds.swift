@testable import AnnotationFormats
@testable import Annotations
@testable import Imaging

/// A small file of every kind.
enum AnnotationSeeds {
    static func all() throws -> [String: [UInt8]] {
        var seeds: [String: [UInt8]] = [:]
        let point = { AnnotationPoint(x: $0, y: $1) }
        let shapes: [AnnotationShape] = [
            .stroke(
                AnnotationPath([.move(point(1, 2)), .quadratic(point(3, 4), to: point(5, 6)), .line(point(9, 9)), .close]),
                width: 2),
            .area([
                AnnotationPolygon(
                    exterior: [point(0, 0), point(20, 0), point(20, 20.5)], holes: [[point(10, 2), point(18, 2), point(18, 8)]])
            ]), .rectangle(x: 3, y: 4, width: 5, height: 6), .ellipse(x: 3.25, y: 4, width: 5, height: 6),
            .points([point(7.5, 8)]),
            .raster(RasterPatch(bounds: PixelRect(x: 2, y: 3, width: 4, height: 2), rows: [[0..<2, 3..<4], [1..<4]])),
        ]
        let classes = [
            AnnotationClass(number: 1, name: "a", colour: RGBColour(red: 230, green: 159, blue: 0)), AnnotationClass(number: 2),
        ]
        for format in AnnotationFile.formats where !format.fileExtensions.isEmpty {
            for (index, shape) in shapes.enumerated() {
                let document = AnnotationDocument(classes: classes, annotations: [Annotation(shape, classNumber: 1 + index % 2)])
                let writing = AnnotationWriting(width: 32, height: 32)
                seeds["\(format.option)-\(index)"] = try AnnotationFile.write(document, as: format, writing, path: "seed")
            }
        }
        for (index, text) in texts.enumerated() { seeds["text-\(index)"] = Array(text.utf8) }
        return seeds
    }

    /// What other programs write otherwise than we do.
    private static let texts = [
        ##"{"a.png":{"shapes":[{"type":"path","path":"m1 2h3v4t5 6s1 2 3 4a5 6 7 0 1 8 9z","line":{"color":"#FD3216","width":8},"xref":"x"}]}}"##,
        #"{"objects":[{"type":"image","left":1,"top":2,"scaleX":0.5,"scaleY":0.5},{"type":"path","left":1,"top":2,"width":3,"height":4,"strokeWidth":5,"angle":30,"stroke":"red","path":[["M",1,2],["Q",3,4,5,6]]}]}"#,
        #"[{"type":"Feature","id":"PathCellObject","geometry":{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]]],"isEllipse":true,"plane":{"c":-1,"z":0,"t":1}},"properties":{"classification":{"name":"a","parentClass":{"name":"b"},"colorRGB":-377282}},"childObjects":[]}]"#,
        #"{"images":[{"id":1,"file_name":"x"}],"categories":[{"id":1,"name":"y"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":{"size":[4,4],"counts":[1,6,9]}},{"id":2,"image_id":1,"category_id":1,"segmentation":[],"bbox":[1,2,3,4]}]}"#,
        "index,shape-type,vertex-index,axis-0,axis-1\n0,ellipse,0,1,2\n0,ellipse,1,1,9\n0,ellipse,2,7,9\n0,ellipse,3,7,2\n",
    ]
}
