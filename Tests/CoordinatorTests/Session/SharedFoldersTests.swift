import Foundation
import Testing

@testable import Coordinator

@Suite struct SharedFoldersTests {
    @Test func `workers are told of no URL that they would refuse to start with`() {
        let folders = SharedFolders(of: ["https://user@host/x.tif", "http://host/a/y.tif", "http://host/a/z.tif"])
        #expect(folders.prefixes == ["http://host/a"])
        #expect(folders.allow(url: "http://host/a/w.tif"))
        #expect(!folders.allow(url: "https://user@host/x.tif"))
    }
}
