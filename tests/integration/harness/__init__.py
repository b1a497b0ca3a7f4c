"""What black-box tests of the atrium binary share: wire, server process, contract, people and time."""
