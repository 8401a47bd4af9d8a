# A Spack recipe: copy this folder to packages/agr-mpi of a Spack repository, set `git` to where this one lives, then
# `spack install agr-mpi`. Written from the packages that the build asks for; Spack itself was not at hand.
from spack.package import *


class AgrMpi(CMakePackage):
    """Trains several image branches at once (age, gender and race from a face, or any labels) on any number of MPI ranks,
    with the same bits on all of them."""

    homepage = "https://example.org/agr-mpi"
    git = "https://example.org/agr-mpi.git"

    license("MIT")

    version("main", branch="main")

    depends_on("c", type="build")
    depends_on("cmake@3.22:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3:")
    depends_on("hdf5@1.10: ~mpi")
    depends_on("openblas threads=none")
    depends_on("stb")
    depends_on("libyaml")
    depends_on("cjson")
    depends_on("xxhash")
    depends_on("libexif")
    depends_on("protobuf-c")
    depends_on("onnx", type="build")
    depends_on("cmocka", type="test")

    def cmake_args(self):
        return [
            self.define("AGR_BUILD_TESTS", self.run_tests),
            self.define("ONNX_SCHEMA_DIR", self.spec["onnx"].prefix.include),
        ]
