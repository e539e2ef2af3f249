internal import Foundation
internal import HTTPTypes
@testable import Jobs
internal import Testing

@testable import Worker

@Suite struct RouteTests {
    @Test(arguments: [
        ("/livez", Route.live), ("/readyz", .ready), ("/metrics", .metrics), ("/openapi.json", .openAPI), ("/v1/worker", .worker),
        ("/v1/blobs/ab", .blob(name: "ab")), ("/v1/jobs", .jobs), ("/v1/jobs/ab", .job(id: "ab")), ("/v1/drain", .drain),
    ])
    func `every path has its route`(path: String, route: Route) {
        #expect(Route(path: path) == route)
    }

    @Test(arguments: [
        "", "/", "//", "/livez/", "/v1", "/v1/", "/v1/jobs/", "/v1/blobs", "/v1/jobs/a/b", "/v2/jobs", "*", "livez",
    ])
    func `other paths have none`(path: String) {
        #expect(Route(path: path) == nil)
    }

    @Test func `the published document has exactly the paths and methods that are served`() throws {
        struct Document: Decodable {
            var paths: [String: [String: Operation]]
            struct Operation: Decodable {
                init(from decoder: any Decoder) throws {}
            }
        }
        let document = try JSONDecoder().decode(Document.self, from: Data(OpenAPIDocument.bytes))
        #expect(document.paths.count == 9)
        for (path, operations) in document.paths {
            let concrete = path.replacing("{sha256}", with: "ab").replacing("{id}", with: "ab")
            let route = try #require(Route(path: concrete), "\(path)")
            let methods = Set(operations.keys.filter { $0 != "parameters" }.map { $0.uppercased() })
            #expect(methods == Set(route.methods.map(\.rawValue)), "\(path)")
        }
    }

    @Test func `the published document names the maps that workers make`() throws {
        struct Document: Decodable {
            var components: Components
            struct Components: Decodable { var schemas: [String: Property] }
            struct Property: Decodable { var properties: [String: Names]? }
            struct Names: Decodable { var propertyNames: Values? }
            struct Values: Decodable { var `enum`: [String] }
        }
        let document = try JSONDecoder().decode(Document.self, from: Data(OpenAPIDocument.bytes))
        let made = MapKind.allCases.filter { !$0.content.elements.isEmpty }.map(\.rawValue)
        for name in ["TileJob", "TileResult"] {
            #expect(document.components.schemas[name]?.properties?["maps"]?.propertyNames?.enum == made, "\(name)")
        }
    }
}
