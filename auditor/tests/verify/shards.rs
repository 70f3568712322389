//! A ledger of several shards, audited as one.

use std::fs;

use ledger::{
    Frontier, Hash, Log, MapHead, NoteSigner, Shard, ShardList, ShardOpening, SignedCheckpoint,
    SignedNote, SoftwareSigner, TreeHead, leaf_hash,
};
use prescription::leaf::Leaf;
use serde_json::json;

use crate::map::map_over;
use crate::site::{ORIGIN, Site, findings, only, record};
use crate::world::World;

/// The key of the shard with this number, from 0.
pub(crate) fn key(shard: usize) -> SoftwareSigner {
    match shard {
        0 => crate::site::log_key(9),
        later => {
            let seed = [20 + u8::try_from(later).unwrap(); 32];
            SoftwareSigner::from_seed(&origin(later), &seed).unwrap()
        }
    }
}

fn origin(shard: usize) -> String {
    match shard {
        0 => ORIGIN.to_owned(),
        later => format!("{ORIGIN}/{}", 2026 + later),
    }
}

pub(crate) fn head_of(entries: &[Vec<u8>]) -> TreeHead {
    let mut frontier = Frontier::new();
    for entry in entries {
        frontier.push(leaf_hash(entry), &mut |_, _| {});
    }
    TreeHead {
        size: frontier.size(),
        root: frontier.root(),
    }
}

/// The entries of each shard before they are written, and where the world's entries are.
pub(crate) struct Plan {
    pub(crate) shards: Vec<Vec<Vec<u8>>>,
    indices: Vec<u64>,
    /// What the list says that each shard but the last ended with.
    pub(crate) ends: Vec<TreeHead>,
}

impl Plan {
    /// A new shard begins at each of `cuts`, counted in the world's entries; each ends with a map
    /// head.
    pub(crate) fn new(world: &World, cuts: &[usize]) -> Self {
        let mut plan = Self {
            shards: vec![Vec::new()],
            indices: Vec::new(),
            ends: Vec::new(),
        };
        for (n, entry) in world.entries.iter().enumerate() {
            if cuts.contains(&n) {
                plan.open();
            }
            plan.indices.push(plan.all().len() as u64);
            plan.push(entry.leaf.encode());
        }
        plan.end();
        plan
    }

    fn all(&self) -> Vec<Vec<u8>> {
        self.shards.concat()
    }

    fn push(&mut self, entry: Vec<u8>) {
        self.shards.last_mut().unwrap().push(entry);
    }

    fn end(&mut self) {
        let mut map = map_over(&self.all());
        let head = MapHead {
            entries: self.all().len() as u64,
            keys: map.len(),
            root: map.root(),
        };
        self.push(head.encode());
    }

    fn open(&mut self) {
        self.end();
        let head = head_of(self.shards.last().unwrap());
        let opening = ShardOpening {
            previous: origin(self.shards.len() - 1),
            head,
            map_root: map_over(&self.all()).root(),
        };
        self.ends.push(head);
        self.shards.push(vec![opening.encode()]);
    }

    /// The list of the first `count` shards, the last of them open.
    fn list(&self, count: usize) -> String {
        let mut first = 0;
        let shards = (0..count).map(|n| {
            let end = (n + 1 < count).then(|| self.ends[n]);
            let shard = Shard::new(first, end, vec![key(n).verifier_key().clone()]).unwrap();
            first += end.map_or(0, |end| end.size);
            shard
        });
        let list = ShardList::new(count as u64, shards.collect()).unwrap();
        let mut note = SignedNote::sign(list.to_string(), &key(count - 1)).unwrap();
        if count > 1 {
            note.sign_also(&key(count - 2)).unwrap();
        }
        note.to_string()
    }

    /// Writes every shard, the lists as a follower keeps them, and the bodies.
    pub(crate) fn write(&self, world: &World) -> Site {
        let site = world.write_with(&self.shards[0]);
        for (n, entries) in self.shards.iter().enumerate().skip(1) {
            let folder = site.path("ledger").join((2026 + n).to_string());
            publish(&folder, &key(n), entries);
            let vkey = key(n).verifier_key().to_string();
            fs::write(site.path(&format!("{}.vkey", 2026 + n)), vkey).unwrap();
        }
        for count in 1..=self.shards.len() {
            let text = self.list(count);
            fs::write(site.path("ledger").join(format!("shards.{count}")), &text).unwrap();
            fs::write(site.path("ledger").join("shards"), text).unwrap();
        }
        let lines = self.indices.iter().zip(&world.entries);
        let lines = lines.map(|(index, entry)| record(*index, entry));
        fs::write(site.path("bodies.jsonl"), lines.collect::<String>()).unwrap();
        site
    }

    fn findings(&self, world: &World) -> Vec<(String, Option<u64>)> {
        let site = self.write(world);
        fs::write(site.path("bodies.jsonl"), "").unwrap();
        site.findings()
    }
}

fn publish(path: &std::path::Path, signer: &SoftwareSigner, entries: &[Vec<u8>]) {
    let mut log = Log::open(path, signer.verifier_key().name()).unwrap();
    let staged = log.stage(entries).unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(signer).unwrap();
    log.publish(&checkpoint).unwrap();
}

/// The world in two shards: entries 0 to 3 and a head, then the opening (5), the others (6 to 8)
/// and a head.
pub(crate) fn two() -> (World, Plan) {
    let world = World::new();
    let plan = Plan::new(&world, &[4]);
    (world, plan)
}

#[test]
fn two_shards_are_one_history() {
    let (world, plan) = two();
    let site = plan.write(&world);
    let report = site.audit(&[]);
    assert_eq!(findings(&report), []);
    assert_eq!(report["summary"]["prescriptions"], 3);
    assert_eq!(report["summary"]["continues"], serde_json::Value::Null);
    assert_eq!(
        report["summary"]["map"],
        json!({"heads": 2, "keys": map_over(&plan.all()).len()})
    );
    let bodies = json!({"present": 7, "missing": 0, "erased": 0, "unfolded": 0});
    assert_eq!(report["summary"]["bodies"], bodies);
    assert_eq!(report["shards"][1]["origin"], origin(1));
    assert_eq!(
        (&report["shards"][1]["first"], &report["shards"][1]["size"]),
        (&json!(5), &json!(5))
    );
    let (code, text, _) = site.run(&["verify", "--ledger", "ledger", "--key", "ledger.vkey"]);
    assert_eq!(code, 0, "{text}");
    for words in [
        "Entradas: 10, en 2 segmentos",
        "receta: 5 entradas desde la 0, cerrado",
        "receta/2027: 5 entradas desde la 5, abierto",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn an_erasure_names_entries_of_both_shards() {
    let mut world = World::new();
    world.erase(1, &[0, 2, 6]);
    let site = Plan::new(&world, &[4]).write(&world);
    let text = fs::read_to_string(site.path("bodies.jsonl")).unwrap();
    let kept = text.lines().filter(|line| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        ![0, 2, 6].contains(&record["index"].as_u64().unwrap())
    });
    let kept: Vec<_> = kept.collect();
    fs::write(site.path("bodies.jsonl"), kept.join("\n")).unwrap();
    let report = site.audit(&[]);
    assert_eq!(findings(&report), []);
    let bodies = json!({"present": 5, "missing": 0, "erased": 3, "unfolded": 0});
    assert_eq!(report["summary"]["bodies"], bodies);
    // Counted within its log, the second dispensing would be another entry.
    let mut world = World::new();
    world.erase(1, &[0, 1, 2]);
    let found = Plan::new(&world, &[4]).findings(&world);
    assert_eq!(found, only("erased-entries", 9));
}

#[test]
fn any_pinned_key_leads_to_all_shards() {
    let world = World::new();
    let site = Plan::new(&world, &[2, 4]).write(&world);
    for pin in ["ledger.vkey", "2027.vkey", "2028.vkey"] {
        let arguments = ["verify", "--ledger", "ledger", "--key", pin, "--json"];
        let (code, text, _) = site.run(&arguments);
        assert_eq!(code, 0, "{pin}: {text}");
        assert!(text.contains("/2028"), "{pin}: {text}");
    }
    // The first key signed nothing of the newest list: without the one between, nothing leads there.
    fs::remove_file(site.path("ledger").join("shards.2")).unwrap();
    let report = site.audit(&[]);
    assert_eq!(report["findings"][0]["code"], "shard-list-refused");
}

#[test]
fn without_a_list_the_policy_names_the_shards() {
    let (world, plan) = two();
    let site = plan.write(&world);
    for list in ["shards", "shards.1", "shards.2"] {
        fs::remove_file(site.path("ledger").join(list)).unwrap();
    }
    let keys = [key(1), key(0)].map(|key| format!("log {}\n", key.verifier_key()));
    fs::write(site.path("policy"), keys.concat() + "quorum none\n").unwrap();
    let (code, text, _) = site.run(&["verify", "--ledger", "ledger", "--policy", "policy"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("en 2 segmentos"), "{text}");
    // One pinned key and no list: one shard, as ever.
    let (code, text, _) = site.run(&["verify", "--ledger", "ledger", "--key", "ledger.vkey"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Entradas: 5\n"), "{text}");
}

#[test]
fn an_opening_that_says_something_else() {
    let changes: [fn(&mut ShardOpening); 4] = [
        |opening| opening.previous.push('x'),
        |opening| opening.head.size -= 1,
        |opening| opening.head.root = Hash([7; 32]),
        |opening| opening.map_root = Hash([7; 32]),
    ];
    for change in changes {
        let (world, mut plan) = two();
        let mut opening = ShardOpening::decode(&plan.shards[1][0]).unwrap();
        change(&mut opening);
        plan.shards[1][0] = opening.encode();
        assert_eq!(plan.findings(&world), only("opening-differs", 5));
    }
}

#[test]
fn an_opening_that_is_missing_or_in_another_place() {
    let (world, mut plan) = two();
    let first = plan.shards[0][0].clone();
    plan.shards[1][0] = vec![0xa2, 0x01, 0x01, 0x02, 0x11];
    assert_eq!(plan.findings(&world), only("opening-missing", 5));
    // An act in its place is examined too: a second life.
    plan.shards[1][0] = first;
    let found = plan.findings(&world);
    let codes: Vec<_> = found
        .iter()
        .map(|(code, at)| (code.as_str(), *at))
        .collect();
    assert_eq!(codes[0], ("opening-missing", Some(5)));
    assert_eq!(codes[1], ("chain-broken", Some(5)));
    let (world, mut plan) = two();
    let opening = plan.shards[1][0].clone();
    plan.shards[1].push(opening);
    assert_eq!(plan.findings(&world), only("not-a-leaf", 10));
}

#[test]
fn a_body_for_an_opening_belongs_to_nothing() {
    let (world, plan) = two();
    let site = plan.write(&world);
    let text = fs::read_to_string(site.path("bodies.jsonl")).unwrap();
    let mut lines: Vec<_> = text.lines().map(|line| format!("{line}\n")).collect();
    lines.insert(4, record(5, &world.entries[0]));
    fs::write(site.path("bodies.jsonl"), lines.concat()).unwrap();
    assert_eq!(site.findings(), only("commitment-mismatch", 5));
}

#[test]
fn a_mirror_that_is_not_what_the_list_names() {
    let (world, mut plan) = two();
    plan.ends[0].root = Hash([7; 32]);
    assert_eq!(codes(&plan.findings(&world)), ["shard-differs"]);
    let (world, mut plan) = two();
    plan.ends[0].size += 1;
    assert_eq!(codes(&plan.findings(&world)), ["shard-differs"]);
    let (world, plan) = two();
    let site = plan.write(&world);
    fs::remove_dir_all(site.path("ledger").join("2027")).unwrap();
    assert_eq!(codes(&site.findings()), ["shard-missing"]);
}

fn codes(found: &[(String, Option<u64>)]) -> Vec<&str> {
    found.iter().map(|(code, _)| code.as_str()).collect()
}

/// The checkpoint of a shard is believed by that shard's keys only.
#[test]
fn the_files_of_another_shard() {
    let (world, plan) = two();
    let site = plan.write(&world);
    let later = site.path("ledger").join("2027");
    fs::remove_dir_all(&later).unwrap();
    publish(&later, &key(0), &plan.shards[1]);
    assert_eq!(codes(&site.findings()), ["checkpoint-refused"]);
}

#[test]
fn damage_and_unlawful_steps_in_a_later_shard_have_their_global_number() {
    let (world, plan) = two();
    let site = plan.write(&world);
    site.flip("ledger/2027/tile/0/000.p/5", 3 * 32 + 5);
    let report = site.audit(&[]);
    assert_eq!(findings(&report), only("entry-altered", 8));
    let message = report["findings"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("receta/2027") && message.contains("entrada 3"),
        "{message}"
    );
    let (world, mut plan) = two();
    let mut leaf = Leaf::decode(&plan.shards[1][1]).unwrap();
    leaf.before = prescription::state::Phase::Active;
    plan.shards[1][1] = leaf.encode();
    assert_eq!(plan.findings(&world), only("chain-broken", 6));
}

/// The quorum that the policy demands, it demands of every shard.
#[test]
fn witnesses_of_a_later_shard() {
    let (world, plan) = two();
    let site = plan.write(&world);
    let witness = SoftwareSigner::from_seed("witness.example/unam", &[7; 32]).unwrap();
    let vkey = ledger::WitnessKey::of(witness.verifier_key());
    let log = key(0).verifier_key().to_string();
    let policy = format!("log {log}\nwitness unam {vkey}\nquorum unam\n");
    fs::write(site.path("policy"), policy).unwrap();
    let verify = ["verify", "--ledger", "ledger", "--policy", "policy"];
    for (folder, code) in [("ledger", 1), ("ledger/2027", 0)] {
        let path = site.path(folder).join("checkpoint");
        let mut signed = SignedCheckpoint::parse(&fs::read(&path).unwrap()).unwrap();
        let line = ledger::cosign(&signed, 1_783_000_000, &witness).unwrap();
        signed.attach(line).unwrap();
        fs::write(path, signed.to_string()).unwrap();
        let (found, text, _) = site.run(&verify);
        assert_eq!(found, code, "{text}");
        let missing = "receta/2027 (sus entradas empiezan en la 5): el checkpoint publicado se \
                       rechaza: faltan testigos";
        assert_eq!(text.contains(missing), code == 1, "{text}");
    }
}

#[test]
fn earlier_checkpoints_of_each_shard() {
    let (world, plan) = two();
    let site = plan.write(&world);
    for (folder, n) in [("ledger", 0), ("ledger/2027", 1)] {
        let part = tempfile::tempdir().unwrap();
        publish(part.path(), &key(n), &plan.shards[n][..2]);
        let kept = site.path(folder).join("checkpoint.kept");
        fs::copy(part.path().join("checkpoint"), kept).unwrap();
    }
    let report = site.audit(&[]);
    assert_eq!(findings(&report), []);
    assert_eq!(report["ledger"]["earlier_checkpoints"], 2);
    let part = tempfile::tempdir().unwrap();
    publish(part.path(), &key(1), &plan.shards[0][..2]);
    let kept = site.path("ledger/2027").join("checkpoint.kept");
    fs::copy(part.path().join("checkpoint"), kept).unwrap();
    assert_eq!(codes(&site.findings()), ["other-history"]);
}
