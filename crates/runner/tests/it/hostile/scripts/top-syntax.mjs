// Text that is no script.
// ends: 500 InitializationError

]
