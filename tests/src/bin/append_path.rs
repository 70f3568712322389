//! `append_path FOLDER FROM TO`: appends entries to a ledger as the service does, for `strace` to
//! interfere with. See `receta_tests::append_path`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use receta_tests::append_path::program;

/// Asienta como lo hace el servicio, y dice lo que firma y lo que confirma.
#[derive(Parser)]
struct Cli {
    /// Where database and published files are.
    folder: PathBuf,
    /// Number of the first entry.
    from: u64,
    /// Number after the last.
    to: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    // A thread that cannot even wake another is no reason to wait for ever.
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("append_path: {panic}");
        std::process::exit(101);
    }));
    let cli = Cli::parse();
    match program::append(&cli.folder, cli.from..cli.to).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("append_path: {error:#}");
            ExitCode::FAILURE
        }
    }
}
