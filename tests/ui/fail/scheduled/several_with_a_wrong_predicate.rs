use tasks_runtime::scheduled;

#[scheduled(every = "5m", retry(max = 1, on = is_short))]
#[scheduled(cron = "0 3 * * *", name = "at-night", retry(max = 1, on = is_odd))]
async fn tidy() -> Result<(), String> {
    Ok(())
}

fn is_short(error: &String) -> bool {
    error.len() < 3
}

fn is_odd(error: &u32) -> bool {
    error % 2 == 1
}

fn main() {}
