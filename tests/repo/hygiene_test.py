"""Every rule of hygiene.py on a planted breach, and a clean tree that passes."""
import os
import shutil
import tempfile
import unittest

import hygiene

HERE = os.path.dirname(os.path.abspath(__file__))


class HygieneTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="atrium-hygiene-")
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copy(os.path.join(HERE, "..", "..", ".clang-format"), self.root)
        for folder in ("domain", "http", "actors", "tests"):
            self.plant(f"{folder}/README.md", "# " + folder + "\n")
        self.plant("domain/room.hpp", "#pragma once\n\n#include <string>\n")
        self.plant("http/rooms.cpp", '#include "actors/protocol/port.hpp"\n#include "domain/room.hpp"\n')

    def plant(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)

    def breaches(self):
        return {(rule, path) for rule, path, _, _ in hygiene.check(self.root)}

    def expect(self, rule, path):
        self.assertEqual(self.breaches(), {(rule, path)})

    def test_a_clean_tree_passes(self):
        self.assertEqual(self.breaches(), set())

    def test_include_against_the_direction(self):
        self.plant("domain/bad.cpp", '#include "persistence/journal.hpp"\n')
        self.expect("include_direction", "domain/bad.cpp")

    def test_http_knows_only_the_protocol_of_actors(self):
        self.plant("http/bad.cpp", '#include "actors/room.hpp"\n')
        self.expect("include_direction", "http/bad.cpp")

    def test_http_knows_no_caf(self):
        self.plant("http/bad.hpp", "#include <caf/actor.hpp>\n")
        self.expect("include_direction", "http/bad.hpp")

    def test_a_document_names_tests_that_exist(self):
        self.plant("docs/README.md", "`RoomTest.IsBooked`, `test_rooms.py::test_a_room`, `std::Test.x`\n")
        self.plant("tests/domain/room_test.cpp", "TEST_F(RoomTest, IsBooked) {}\n")
        self.plant("tests/integration/test_rooms.py", "def test_a_room(world):\n    pass\n")
        self.assertEqual(self.breaches(), set())
        self.plant("docs/more.md", "`RoomTest.IsSold`\n")
        self.expect("named_tests", "docs/more.md")

    def test_includes_start_at_the_root(self):
        self.plant("domain/bad.cpp", '#include "room.hpp"\n')
        self.expect("include_direction", "domain/bad.cpp")

    def test_leftover_marker(self):
        self.plant("domain/README.md", "# domain\n" + "TO" + "DO: say more\n")
        self.expect("leftovers", "domain/README.md")

    def test_disabled_test(self):
        self.plant("tests/domain/room_test.cpp", "TEST(RoomTest, DISABLED_Works) {}\n")
        self.expect("disabled_tests", "tests/domain/room_test.cpp")

    def test_skipped_python_test(self):
        self.plant("tests/integration/test_rooms.py", "import pytest\n@pytest.mark.skip\ndef f(): pass\n")
        self.expect("disabled_tests", "tests/integration/test_rooms.py")

    def test_sleep_in_a_test(self):
        self.plant("tests/domain/slow_test.cpp", "void f() {\n  std::this_thread::sleep_for(a);\n}\n")
        self.expect("sleeping_tests", "tests/domain/slow_test.cpp")

    def test_sleep_in_a_python_test(self):
        self.plant("tests/integration/test_rooms.py", "import time\ntime.sleep(1)\n")
        self.expect("sleeping_tests", "tests/integration/test_rooms.py")

    def test_one_file_may_poll(self):
        self.plant("tests/integration/waiting.py", "import time\ntime.sleep(0.01)\n")
        self.assertEqual(self.breaches(), set())

    def test_folder_without_readme(self):
        os.remove(os.path.join(self.root, "actors/README.md"))
        self.plant("actors/room.hpp", "#pragma once\n")
        self.expect("readme_in_every_folder", "actors")

    def test_long_file(self):
        self.plant("domain/long.hpp", "#pragma once\n" + "\n// line" * 400 + "\n")
        self.expect("file_size", "domain/long.hpp")

    def test_machine_path(self):
        self.plant("domain/README.md", "# domain\nsee /home/" + "me/notes\n")
        self.expect("machine_paths", "domain/README.md")

    def test_unformatted_code(self):
        self.plant("domain/wide.cpp", "int  f( ){return 1 ;}\n")
        self.expect("formatting", "domain/wide.cpp")


if __name__ == "__main__":
    unittest.main(verbosity=1)
