@testable import Formats
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

@testable import Coordinator

/// Stacks of planes, from training on some to labels of all.
struct StackTests {
    private let scratch: Scratch
    private let planes: [PixelBuffer]

    /// A stack of three planes of the demo's image, of which each is shifted, with scribbles on the second one.
    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 160, pixelsPerClass: 300)
        let image = try ImageFile.readAll(path: scratch("image.png"))
        planes = [31, 0, 77].map { shift in
            var plane = image
            plane.bytes = Array(image.bytes[(shift * 3)...] + image.bytes[..<(shift * 3)])
            return plane
        }
        var images = planes.map { plane in
            var image = HandmadeTIFF.Image(plane.width, plane.height, samplesPerPixel: 3, seed: 0)
            image.bytes = plane.bytes
            return image
        }
        images[0].below = [HandmadeTIFF.Image(80, 80, samplesPerPixel: 3, seed: 1, subfileType: 1)]
        try Data(HandmadeTIFF.file(images)).write(to: URL(fileURLWithPath: scratch("stack.tif")))
        for (number, plane) in planes.enumerated() { try plane.write(to: scratch("plane\(number).png")) }
    }

    private func coppice(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.coppice(arguments + ["--local", "2", "--quiet"])
    }

    @Test func `each plane is segmented as it would be alone`() async throws {
        let train = try await coppice(
            "train", scratch("stack.tif"), scratch("scribbles.png"), "--page", "1", "--trees", "5", "--output", scratch("m.json"))
        #expect(train.status == 0, "\(train.errors)")
        let alone = try await coppice(
            "train", scratch("plane1.png"), scratch("scribbles.png"), "--trees", "5", "--output", scratch("alone.json"))
        #expect(alone.status == 0, "\(alone.errors)")
        #expect(try scratch.bytes("m.json") == scratch.bytes("alone.json"))
        let all = try await coppice(
            "segment", scratch("stack.tif"), "--all-pages", "--model", scratch("m.json"), "--output",
            scratch("{name}-{page}.png"),
            "--run-dir", scratch("run"))
        #expect(all.status == 0, "\(all.errors)")
        #expect(all.output.split(separator: "\n").count == 3)
        for number in 0..<3 {
            let one = try await coppice(
                "segment", scratch("plane\(number).png"), "--model", scratch("m.json"), "--output", scratch("alone.png"))
            #expect(one.status == 0, "\(one.errors)")
            #expect(try scratch.bytes("stack-\(number).png") == scratch.bytes("alone.png"))
        }
        let folder = try await coppice(
            "segment", scratch("stack.tif"), "--all-pages", "--model", scratch("m.json"), "--output", scratch("out") + "/")
        #expect(folder.status == 0 && scratch.names.contains("out"), "\(folder.errors)")
        #expect(try scratch.bytes("out/stack-2-labels.png") == scratch.bytes("stack-2.png"))
        let level = try await coppice(
            "segment", scratch("stack.tif"), "--level", "1", "--model", scratch("m.json"), "--output", scratch("small.png"))
        #expect(level.status == 0, "\(level.errors)")
        #expect(try ImageFile.open(path: scratch("small.png")).info.width == 80)
    }

    /// Trains on the second plane.
    private func train() async throws {
        let train = try await coppice(
            "train", scratch("stack.tif"), scratch("scribbles.png"), "--page", "1", "--trees", "5", "--output", scratch("m.json"))
        #expect(train.status == 0, "\(train.errors)")
    }

    @Test func `all planes go into one file whose name does not tell them apart`() async throws {
        try await train()
        let planes = try await coppice(
            "segment", scratch("stack.tif"), "--all-pages", "--model", scratch("m.json"), "--output", scratch("{page}.tif"),
            "--probabilities", scratch("{page}-{class}.tif"), "--uncertainty", scratch("{page}-u.npy"))
        #expect(planes.status == 0, "\(planes.errors)")
        let tiff = try await coppice(
            "segment", scratch("stack.tif"), "--all-pages", "--model", scratch("m.json"), "--output", scratch("all.tif"),
            "--probabilities", scratch("p-{class}.tif"), "--uncertainty", scratch("u.npy"), "--overlay", scratch("over.tif"))
        #expect(tiff.status == 0 && tiff.output.split(separator: "\n").count == 1, "\(tiff.errors)")
        let zarr = try await coppice(
            "segment", scratch("stack.tif"), "--all-pages", "--model", scratch("m.json"), "--output", scratch("all.zarr"),
            "--probabilities", scratch("p.zarr"), "--tile", "64")
        #expect(zarr.status == 0, "\(zarr.errors)")
        let names = try ImageFile.contents(path: scratch("p.zarr")).channelNames
        #expect(try ImageFile.contents(path: scratch("all.tif")).depth == 3)
        for page in 0..<3 {
            let selection = ImageSelection(page: page)
            let labels = try ImageFile.readAllLabels(path: scratch("\(page).tif"))
            #expect(try ImageFile.readAllLabels(path: scratch("all.tif"), selection) == labels)
            #expect(try ImageFile.readAllLabels(path: scratch("all.zarr"), selection) == labels)
            #expect(try ImageFile.readAll(path: scratch("over.tif"), selection).info.channels == 3)
            let whole = try ImageFile.readAll(path: scratch("p.zarr"), selection)
            for (channel, name) in names.enumerated() {
                let one = try ImageFile.readAll(path: scratch("\(page)-\(name).tif"))
                #expect(try ImageFile.readAll(path: scratch("p-\(name).tif"), selection) == one)
                #expect(
                    (0..<one.width * one.height).allSatisfy { whole.value(at: $0 * names.count + channel) == one.value(at: $0) })
            }
        }
        let (all, last) = (try scratch.bytes("u.npy"), try scratch.bytes("2-u.npy"))
        #expect(all.suffix(160 * 160 * 4).elementsEqual(last.suffix(160 * 160 * 4)))
        #expect(!scratch.names.contains { $0.hasPrefix(".") }, "\(scratch.names)")
    }

    @Test func `a stack of regions has one for each plane, also where each plane is a file of its own`() async throws {
        try await train()
        let regions = (0..<3).map { page in
            var region = HandmadeTIFF.Image(160, 160, samplesPerPixel: 1, seed: 0)
            region.bytes = (0..<160 * 160).map { (50 * page..<50 * page + 40).contains($0 / 160) ? 1 : 0 }
            return region
        }
        try Data(HandmadeTIFF.file(regions)).write(to: URL(fileURLWithPath: scratch("regions.tif")))
        let segment = ["segment", scratch("stack.tif"), "--all-pages", "--model", scratch("m.json"), "--output"]
        for arguments in [
            [scratch("whole-{page}.png")], [scratch("part-{page}.png"), "--within", scratch("regions.tif")],
            [scratch("stacked.tif"), "--within", scratch("regions.tif")],
        ] {
            let outcome = try await Program.coppice(segment + arguments + ["--local", "2", "--quiet"])
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        }
        for page in 0..<3 {
            let whole = try ImageFile.readAllLabels(path: scratch("whole-\(page).png")).labels
            let part = try ImageFile.readAllLabels(path: scratch("part-\(page).png"))
            #expect(part.labels == zip(whole, regions[page].bytes).map { $1 == 0 ? 0 : $0 }, "page \(page)")
            #expect(try ImageFile.readAllLabels(path: scratch("stacked.tif"), ImageSelection(page: page)) == part)
        }
    }

    @Test func `a kept run of a stack goes on, and gives the same bytes`() async throws {
        try await train()
        for ending in ["tif", "zarr"] {
            let arguments = [
                "segment", scratch("stack.tif"), "--all-pages", "--model", scratch("m.json"), "--output",
                scratch("all.\(ending)"),
                "--tile", "64", "--local", "2", "--quiet", "--run-dir", scratch("run-\(ending)"),
            ]
            let first = try await Program.coppice(arguments)
            #expect(first.status == 0, "\(first.errors)")
            let before = try ContentHash(ofOutput: scratch("all.\(ending)"))
            try FileManager.default.removeItem(atPath: scratch("all.\(ending)"))
            let again = try await Program.coppice(arguments + ["--resume"])
            #expect(again.status == 0, "\(again.errors)")
            #expect(try ContentHash(ofOutput: scratch("all.\(ending)")) == before)
        }
    }

    @Test func `planes of one file go into one file all or none`() async throws {
        try await train()
        let mixed = try await coppice(
            "segment", scratch("stack.tif"), "--all-pages", "--model", scratch("m.json"), "--output", scratch("all.tif"),
            "--probabilities", scratch("{page}-{class}.tif"))
        #expect(mixed.status == 64, "\(mixed.errors)")
        #expect(
            mixed.errors.contains("--probabilities: expected one .tif, .zarr or .npy for all planes, as --output is"),
            "\(mixed.errors)")
        let png = try await coppice(
            "segment", scratch("stack.tif"), "--all-pages", "--model", scratch("m.json"), "--output", scratch("all.png"))
        #expect(png.status == 64 && png.errors.contains("{page}"), "\(png.errors)")
        // A plane of another size has no place in the stack.
        var images = planes.map { plane in
            var image = HandmadeTIFF.Image(plane.width, plane.height, samplesPerPixel: 3, seed: 0)
            image.bytes = plane.bytes
            return image
        }
        images[2] = HandmadeTIFF.Image(20, 10, samplesPerPixel: 3, seed: 0)
        try Data(HandmadeTIFF.file(images)).write(to: URL(fileURLWithPath: scratch("odd.tif")))
        let odd = try await coppice(
            "segment", scratch("odd.tif"), "--all-pages", "--model", scratch("m.json"), "--output", scratch("odd-labels.tif"))
        #expect(odd.status == 65, "\(odd.errors)")
        #expect(
            odd.errors.contains(
                "odd.tif page 2: expected 160×160 pixels of 3 uint8 as in the first plane, found 20×10 of 3 uint8"),
            "\(odd.errors)")
        #expect(!scratch.names.contains("odd-labels.tif"))
    }

    @Test func `a wrong page, level or size of pixels is one line`() async throws {
        for (arguments, status, message) in [
            (["--page", "3"], 65, "stack.tif: expected a page from 0 to 2, found page 3"),
            (["--level", "2"], 65, "stack.tif: expected a level from 0 to 1, found level 2"),
            (["--microns-per-pixel", "0.5"], 65, "stack.tif: expected the size of its pixels, found none; take --level"),
            (["--page", "1", "--all-pages"], 64, "expected either --page or --all-pages, found both"),
        ] as [([String], Int32, String)] {
            let outcome = try await Program.coppice(["info", scratch("stack.tif")] + arguments)
            #expect(outcome.status == status && outcome.errors.contains(message), "\(outcome.status): \(outcome.errors)")
            #expect(status == 64 || outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        }
        let png = try await Program.coppice(["info", scratch("plane0.png"), "--page", "1"])
        #expect(png.errors.contains("plane0.png: expected page 0, the only one, found page 1"), "\(png.errors)")
        let info = try await Program.coppice(["info", scratch("stack.tif")])
        #expect(info.output.contains("3 pages (3 in depth), each segmented by itself"), "\(info.output)")
        #expect(info.output.contains("levels 0: 160×160, 1: 80×80"), "\(info.output)")
    }
}
