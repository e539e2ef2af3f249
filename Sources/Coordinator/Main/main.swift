internal import Commands

await CoordinatorProgram.main()
