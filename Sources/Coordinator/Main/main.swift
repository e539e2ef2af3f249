internal import Coordinator

await CoordinatorProgram.main()
