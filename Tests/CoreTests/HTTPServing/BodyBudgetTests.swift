internal import Testing

@testable import HTTPServing

@Suite struct BodyBudgetTests {
    @Test func `leases grow within the budget and give back when they go`() {
        let budget = BodyBudget(bytesMax: 100)
        let first = budget.lease()
        #expect(first.grow(to: 60))
        do {
            let second = budget.lease()
            #expect(!second.grow(to: 50))
            #expect(second.grow(to: 40))
            #expect(budget.bytesUsed == 100)
        }
        #expect(budget.bytesUsed == 60)
        #expect(first.grow(to: 10))
        #expect(budget.bytesUsed == 60)
    }
}
