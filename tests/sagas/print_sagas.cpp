// Prints docs/sagas.md.
#include <iostream>

#include "sagas/behaviour.hpp"

int main() {
  std::cout << atrium::sagas_page();
}
