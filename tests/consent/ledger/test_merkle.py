"""The Merkle tree against the known answers of Certificate Transparency (RFC 6962), and against a tree written naively."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger import merkle
from consent.ledger.merkle import ProofInvalid, Span

# The reference tests of Certificate Transparency: eight leaves, the root at each size, paths of both kinds.
LEAVES = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[(0, 8)],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
SIZES = st.integers(1, 70)


def hashes(count):
    return [merkle.leaf_hash(number.to_bytes(2)) for number in range(count)]


def naive_root(leaves):
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def path_of(leaves, spans):
    return [naive_root(leaves[span.start : span.end]) for span in spans]


def grown(leaves):
    frontier = merkle.Frontier()
    for leaf in leaves:
        list(frontier.append(leaf))
    return frontier


def assert_refused(code, **proof):
    with pytest.raises(ProofInvalid) as refused:
        merkle.check_inclusion(**proof) if "leaf" in proof else merkle.check_consistency(**proof)
    assert refused.value.code == code


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_known_answers(size):
    frontier = grown([merkle.leaf_hash(leaf) for leaf in LEAVES[:size]])
    assert frontier.root().hex() == ROOTS[size - 1]


def test_the_root_of_the_empty_tree_is_the_hash_of_nothing():
    assert merkle.Frontier().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_paths_are_the_known_answers(index, size):
    leaves = [merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]
    path = path_of(leaves, merkle.inclusion_spans(index=index, size=size))
    assert [each.hex() for each in path] == INCLUSION[(index, size)]


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_paths_are_the_known_answers(first, second):
    leaves = [merkle.leaf_hash(leaf) for leaf in LEAVES[:second]]
    path = path_of(leaves, merkle.consistency_spans(first=first, second=second))
    assert [each.hex() for each in path] == CONSISTENCY[(first, second)]


@given(SIZES)
def test_growing_leaf_by_leaf_gives_the_root_of_the_definition(size):
    assert grown(hashes(size)).root() == naive_root(hashes(size))


@given(SIZES)
def test_growing_yields_each_complete_subtree_once_with_its_hash(size):
    leaves, frontier = hashes(size), merkle.Frontier()
    made = [each for leaf in leaves for each in frontier.append(leaf)]
    expected = {
        (level, index): naive_root(leaves[index << level : (index + 1) << level])
        for level in range(size.bit_length())
        for index in range(size >> level)
    }
    assert {(each.level, each.index): each.hash for each in made} == expected
    assert len(made) == len(expected)


@given(st.data(), SIZES)
def test_every_leaf_is_proven_in_every_tree(data, size):
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    path = path_of(leaves, merkle.inclusion_spans(index=index, size=size))
    merkle.check_inclusion(leaf=leaves[index], index=index, size=size, path=path, root=naive_root(leaves))
    assert len(path) <= (size - 1).bit_length()


@given(st.data(), SIZES)
def test_every_tree_is_proven_to_extend_every_smaller_one(data, size):
    first = data.draw(st.integers(1, size))
    leaves = hashes(size)
    path = path_of(leaves, merkle.consistency_spans(first=first, second=size))
    merkle.check_consistency(
        first=first, first_root=naive_root(leaves[:first]), second=size, second_root=naive_root(leaves), path=path
    )


@given(st.data(), st.integers(2, 70))
def test_a_path_that_is_altered_cut_lengthened_or_reordered_proves_nothing(data, size):
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    path = path_of(leaves, merkle.inclusion_spans(index=index, size=size))
    at = data.draw(st.integers(0, len(path) - 1))
    altered = [*path[:at], bytes([path[at][0] ^ 1]) + path[at][1:], *path[at + 1 :]]
    wrong = [altered, path[:at] + path[at + 1 :], [*path, path[at]], [path[at], *path]]
    wrong += [path[::-1]] if len(path) > 1 else []
    for each in wrong:
        with pytest.raises(ProofInvalid):
            merkle.check_inclusion(leaf=leaves[index], index=index, size=size, path=each, root=naive_root(leaves))


@given(st.data(), st.integers(2, 70))
def test_a_rewritten_log_is_not_consistent(data, size):
    first = data.draw(st.integers(1, size))
    at = data.draw(st.integers(0, first - 1))
    leaves = hashes(size)
    rewritten = [*leaves[:at], merkle.leaf_hash(b"rewritten"), *leaves[at + 1 :]]
    path = path_of(rewritten, merkle.consistency_spans(first=first, second=size))
    with pytest.raises(ProofInvalid):
        merkle.check_consistency(
            first=first,
            first_root=naive_root(leaves[:first]),
            second=size,
            second_root=naive_root(rewritten),
            path=path,
        )


@given(st.data(), st.integers(2, 40))
def test_a_proof_for_one_position_proves_no_other(data, size):
    index, other = data.draw(st.permutations(range(size)))[:2]
    leaves = hashes(size)
    path = path_of(leaves, merkle.inclusion_spans(index=index, size=size))
    with pytest.raises(ProofInvalid):
        merkle.check_inclusion(leaf=leaves[index], index=other, size=size, path=path, root=naive_root(leaves))


def test_an_empty_log_proves_nothing():
    assert_refused("index", leaf=b"\0" * 32, index=0, size=0, path=[], root=merkle.EMPTY_ROOT)


@pytest.mark.parametrize("index", [-1, 4, 5, 2**70])
def test_an_index_outside_the_log_is_refused(index):
    leaves = hashes(4)
    assert_refused("index", leaf=leaves[0], index=index, size=4, path=[leaves[1], leaves[2]], root=naive_root(leaves))
    with pytest.raises(ProofInvalid):
        merkle.inclusion_spans(index=index, size=4)


def test_in_a_log_of_one_the_leaf_is_the_root():
    (leaf,) = hashes(1)
    merkle.check_inclusion(leaf=leaf, index=0, size=1, path=[], root=leaf)
    assert_refused("path_length", leaf=leaf, index=0, size=1, path=[leaf], root=leaf)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_hash_that_is_not_32_bytes_is_refused_wherever_it_stands(length):
    """Without this rule two hashes of a path could be shifted into one: SHA-256 sees only their concatenation."""
    one, two = hashes(2)
    wrong, root = b"\0" * length, merkle.node_hash(one, two)
    assert_refused("hash_length", leaf=one, index=0, size=2, path=[wrong], root=root)
    assert_refused("hash_length", leaf=wrong, index=0, size=2, path=[two], root=root)
    assert_refused("hash_length", leaf=one, index=0, size=2, path=[two], root=wrong)
    assert_refused("hash_length", first=1, first_root=one, second=2, second_root=root, path=[wrong])


@pytest.mark.parametrize(("first", "second"), [(0, 1), (0, 0), (2, 1), (-1, 1)])
def test_sizes_that_cannot_extend_each_other_are_refused(first, second):
    assert_refused("size", first=first, first_root=b"\0" * 32, second=second, second_root=b"\0" * 32, path=[])
    with pytest.raises(ProofInvalid):
        merkle.consistency_spans(first=first, second=second)


def test_two_roots_of_one_size_must_be_the_same():
    one, two = hashes(2)
    assert_refused("fork", first=1, first_root=one, second=1, second_root=two, path=[])
    assert_refused("path_length", first=1, first_root=one, second=1, second_root=one, path=[two])


def test_a_span_falls_into_at_most_logarithmically_many_complete_subtrees():
    assert merkle.complete_subtrees(Span(0, 7)) == [(2, 0), (1, 2), (0, 6)]
    assert merkle.complete_subtrees(Span(8, 15)) == [(2, 2), (1, 6), (0, 14)]
    assert len(merkle.complete_subtrees(Span(0, 2**40 - 1))) == 40
