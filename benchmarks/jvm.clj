;; The works of channels on core.async. One JVM for all rounds: it reads a line [work size], and
;; prints [seconds, result]. What it times comes after a warm-up of the same work.
(require '[clojure.core.async :as a :refer [go go-loop chan >! <! <!! alts!]])

(defn produce [c numbers]
  (go-loop [left numbers]
    (when-let [n (first left)] (>! c n) (recur (next left)))))

(defn total [c size]
  (<!! (go-loop [left size sum 0]
         (if (zero? left) sum (recur (dec left) (+ sum (long (<! c))))))))

(defn through [c]
  (fn [size] (produce c (range size)) (total c size)))

(defn pipeline [size]
  (let [cs (vec (repeatedly 5 #(chan 16)))]
    (produce (first cs) (range size))
    (dotimes [n 4]
      (go-loop [left size]
        (when (pos? left) (>! (cs (inc n)) (<! (cs n))) (recur (dec left)))))
    (total (peek cs) size)))

(defn alts [size]
  (let [cs (vec (repeatedly 4 #(chan 1)))]
    (dotimes [n 4] (produce (cs n) (range n size 4)))
    (<!! (go-loop [left size sum 0]
           (if (zero? left) sum (recur (dec left) (+ sum (long (first (alts! cs))))))))))

(def works
  {"channel-0" #((through (chan)) %)
   "channel-1" #((through (chan 1)) %)
   "channel-16" #((through (chan 16)) %)
   "pipeline" pipeline
   "alts" alts})

(def warm (atom #{}))

(loop []
  (when-let [line (read-line)]
    (let [[name size] (read-string line) work (works name)]
      (when-not (@warm name)
        (dotimes [_ 3] (work size))
        (swap! warm conj name))
      (let [start (System/nanoTime) result (work size)]
        (println (str "[" (/ (- (System/nanoTime) start) 1e9) ", " result "]"))
        (flush)))
    (recur)))
(System/exit 0)
