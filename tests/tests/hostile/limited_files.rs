//! Files that cannot grow any more, without root: the service under `ulimit -f`. To the service it
//! is a disk that fails with another error (EFBIG) than a full one.

use std::path::Path;
use std::process::Command;

use receta_tests::running::Running;
use sandbox::World;
use sandbox::processes::Server;

use crate::no_room::{all_is_there, ask_again, issue_until_refused};

/// `serve`, with no file larger than `kilobytes`. The signal that would end the process is ignored,
/// so that the write fails instead.
fn serve_limited(world: &World, kilobytes: u64) -> Server {
    const SCRIPT: &str = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";
    let service = world.service_command().unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", SCRIPT, "bash", &kilobytes.to_string()]);
    command
        .arg(service.get_program())
        .args(service.get_args())
        .arg("serve");
    for (name, value) in service.get_envs() {
        command.env(name, value.unwrap());
    }
    let log = world.folder().join("service/log.jsonl");
    let mut server = Server::start(&mut command, &log).unwrap();
    server.wait_for_line("listening on ").unwrap();
    server
}

/// Size of the largest file of the database.
fn largest(folder: &Path) -> u64 {
    let sizes = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len());
    sizes.max().unwrap()
}

#[test]
fn where_files_cannot_grow_nothing_is_half_written_and_all_is_there_afterwards() {
    let mut running = Running::start().unwrap();
    running.goes_on(1).unwrap();
    running.goes_on(2).unwrap();
    running.stop().unwrap();
    let kilobytes = largest(&running.world.service_data()) / 1024 + 300;
    running
        .replace(serve_limited(&running.world, kilobytes))
        .unwrap();
    let mut tried = issue_until_refused(&mut running, 1000);
    running.restart().unwrap();
    ask_again(&mut running, &mut tried);
    all_is_there(&running, 2, &[tried]);
    running.stop().unwrap();
}
